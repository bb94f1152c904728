internal import CLinux
internal import Glibc

/// Privileges, given up for good.
public enum Privileges {
    /// Takes on an identity for good: groups, then group ids, then user ids, real, effective and saved, and reads them back.
    ///
    /// - Parameters:
    ///   - uid: The user id.
    ///   - gid: The group id.
    ///   - keepsGroups: Leaves the supplementary groups, for a user namespace in which setgroups is denied.
    /// - Throws: `SystemError`; EPERM also when the identity read back is another.
    public static func takeIdentity(uid: UInt32, gid: UInt32, keepsGroups: Bool = false) throws(SystemError) {
        try checked("setresuid", CLinux_take_identity(uid, gid, keepsGroups ? 1 : 0))
    }

    /// Empties the bounding and ambient sets and locks the securebits (capabilities(7)). Needs CAP_SETPCAP.
    public static func dropBoundingSet() throws(SystemError) {
        try checked("prctl(PR_CAPBSET_DROP)", CLinux_drop_bounding_set())
    }

    /// Drops every capability of this thread (capset(2)).
    public static func dropCapabilities() throws(SystemError) {
        try checked("capset", CLinux_drop_capabilities())
    }

    /// Whether this thread may do what CAP_SETPCAP allows.
    public static func maySetCapabilities() throws(SystemError) -> Bool {
        try checked("capget", CLinux_has_capability(8)) == 1
    }

    /// Whether this thread may do what CAP_SYS_ADMIN allows.
    public static func mayAdminister() throws(SystemError) -> Bool {
        try checked("capget", CLinux_has_capability(21)) == 1
    }

    /// No exec can give this process, or its children, a privilege from now on (prctl(2), PR_SET_NO_NEW_PRIVS).
    public static func setNoNewPrivileges() throws(SystemError) {
        try checked("prctl(PR_SET_NO_NEW_PRIVS)", CLinux_set_no_new_privileges())
    }
}

/// Mounts of this process's own mount namespace.
public enum Mounts {
    /// Moves this process into new namespaces (unshare(2)). It must have one thread for `.user`.
    public static func unshare(_ namespaces: Namespaces) throws(SystemError) {
        try checked("unshare", CLinux_unshare(namespaces.rawValue))
    }

    /// Cuts the propagation of mounts in both directions (mount_namespaces(7)).
    public static func makePrivate() throws(SystemError) {
        try checked("mount(MS_PRIVATE)", CLinux_mounts_private())
    }

    /// Mounts an empty file system in memory: nosuid, nodev, noexec, of at most so many bytes.
    public static func mountMemory(at path: String, bytes: UInt64) throws(SystemError) {
        try unsafe checked("mount(tmpfs)", CLinux_mount_tmpfs(path, bytes))
    }

    /// Binds a folder or a file, with all that is mounted below it, on another.
    public static func bind(_ source: String, on target: String) throws(SystemError) {
        try unsafe checked("mount(MS_BIND)", CLinux_bind_tree(source, target))
    }

    /// Makes a mount and everything below it read-only, nosuid and nodev (mount_setattr(2), AT_RECURSIVE).
    public static func makeReadOnly(_ path: String, noExecution: Bool = false) throws(SystemError) {
        try unsafe checked("mount_setattr", CLinux_make_tree_read_only(path, noExecution ? 1 : 0))
    }

    /// Makes a mount point the root, and detaches the old root (pivot_root(2)).
    public static func pivotRoot(to path: String) throws(SystemError) {
        try unsafe checked("pivot_root", CLinux_pivot_root(path))
    }

    /// Sets the host name of the UTS namespace.
    public static func setHostName(_ name: String) throws(SystemError) {
        try unsafe checked("sethostname", CLinux_set_host_name(name))
    }
}

/// A landlock rule set: what it handles is refused unless a rule allows it (landlock(7)).
public struct LandlockRules: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor

    /// The ABI the kernel offers.
    ///
    /// - Throws: `SystemError`; ENOSYS when it is not built in, EOPNOTSUPP when it is not enabled.
    public static func kernelABI() throws(SystemError) -> Int {
        Int(try checked("landlock_create_ruleset", CLinux_landlock_abi()))
    }

    /// An empty rule set that handles everything `abi` knows: files, TCP from 4 on, device controls from 5 on and, where
    /// `isScoped`, signals and abstract sockets from 6 on.
    public init(abi: Int, isScoped: Bool) throws(SystemError) {
        let number = try checked(
            "landlock_create_ruleset",
            CLinux_landlock_create(Int32(clamping: abi), isScoped ? 1 : 0)
        )
        self.descriptor = OwnedDescriptor(owning: number)
    }

    /// The number, borrowed.
    public var rawValue: CInt { self.descriptor.rawValue }

    /// Allows reading a file, or everything below a folder and listing it. Nothing may be executed.
    public func allowReading(_ path: String) throws(SystemError) {
        let number = try unsafe checked("open", CLinux_open_path(path))
        let target = OwnedDescriptor(owning: number)
        var information = stat()
        // Safety: the call fills the structure it is given.
        try retrying("fstat") { unsafe fstat(target.rawValue, &information) }
        let isFolder = (information.st_mode & S_IFMT) == S_IFDIR
        try checked(
            "landlock_add_rule",
            CLinux_landlock_allow_read(self.descriptor.rawValue, target.rawValue, isFolder ? 1 : 0)
        )
    }

    /// Puts this thread into a new domain under the rules. Needs no_new_privs.
    public func restrict() throws(SystemError) {
        try checked("landlock_restrict_self", CLinux_landlock_restrict(self.descriptor.rawValue))
    }
}

/// A resource whose use is limited (getrlimit(2)).
public enum ResourceLimit: Hashable, Sendable, CaseIterable {
    case addressSpace
    case core
    case cpuSeconds
    case data
    case fileSize
    case lockedMemory
    case messageQueues
    case nice
    case openFiles
    case pendingSignals
    case processes
    case realtimePriority
    case stack

    /// The limit's name as the manual page has it.
    public var name: String {
        switch self {
        case .addressSpace: "RLIMIT_AS"
        case .core: "RLIMIT_CORE"
        case .cpuSeconds: "RLIMIT_CPU"
        case .data: "RLIMIT_DATA"
        case .fileSize: "RLIMIT_FSIZE"
        case .lockedMemory: "RLIMIT_MEMLOCK"
        case .messageQueues: "RLIMIT_MSGQUEUE"
        case .nice: "RLIMIT_NICE"
        case .openFiles: "RLIMIT_NOFILE"
        case .pendingSignals: "RLIMIT_SIGPENDING"
        case .processes: "RLIMIT_NPROC"
        case .realtimePriority: "RLIMIT_RTPRIO"
        case .stack: "RLIMIT_STACK"
        }
    }

    var number: Int32 {
        switch self {
        case .addressSpace: CLinux_limit_address_space
        case .core: CLinux_limit_core
        case .cpuSeconds: CLinux_limit_cpu
        case .data: CLinux_limit_data
        case .fileSize: CLinux_limit_file_size
        case .lockedMemory: CLinux_limit_locked_memory
        case .messageQueues: CLinux_limit_message_queue
        case .nice: CLinux_limit_nice
        case .openFiles: CLinux_limit_open_files
        case .pendingSignals: CLinux_limit_pending_signals
        case .processes: CLinux_limit_processes
        case .realtimePriority: CLinux_limit_realtime
        case .stack: CLinux_limit_stack
        }
    }

    /// Sets the soft and the hard limit of this process, for good: never above the present hard limit.
    public func set(_ value: UInt64) throws(SystemError) {
        try checked("prlimit(\(self.name))", CLinux_set_limits(self.number, value, value))
    }

    /// Sets the soft and the hard limit of this process apart, neither above the present hard limit.
    public func set(soft: UInt64, hard: UInt64) throws(SystemError) {
        try checked("prlimit(\(self.name))", CLinux_set_limits(self.number, soft, hard))
    }

    /// The hard limit of this process; `UInt64.max` stands for none.
    public func hardLimit() throws(SystemError) -> UInt64 {
        var value: UInt64 = 0
        // Safety: the call writes one number through the pointer.
        try unsafe checked("prlimit(\(self.name))", CLinux_get_hard_limit(self.number, &value))
        return value
    }

    /// The soft limit of this process; `UInt64.max` stands for none.
    public func current() throws(SystemError) -> UInt64 {
        var value: UInt64 = 0
        // Safety: the call writes one number through the pointer.
        try unsafe checked("prlimit(\(self.name))", CLinux_get_limit(self.number, &value))
        return value
    }
}

/// System-call filters (seccomp(2)).
public enum SystemCallFilter {
    /// Installs a program of eight-byte BPF instructions on this thread, for good. Needs no_new_privs.
    public static func install(_ program: UnsafeRawBufferPointer) throws(SystemError) {
        let count = program.count / 8
        guard let base = program.baseAddress, count > 0, count <= 4096 else {
            throw SystemError("seccomp", EINVAL)
        }
        // Safety: the kernel copies `count` instructions of the buffer.
        try unsafe checked("seccomp", CLinux_seccomp_install(base, UInt16(count)))
    }

    /// Installs the SIGSYS handler that records a refused call and lets it return EPERM.
    public static func recordRefusals() throws(SystemError) {
        try checked("sigaction(SIGSYS)", CLinux_refusals_install())
    }

    /// Has the handler end the process for one call, with its name as the process's last words; see ``SoftStop``.
    public static func endProcess(for number: Int32, named name: String) throws(SystemError) {
        try unsafe checked("sigaction(SIGSYS)", CLinux_refusals_end_process(number, name))
    }

    /// Forgets what was recorded.
    public static func forgetRefusals() { CLinux_refusals_reset() }

    /// The last call that was refused; nil when none was.
    public static func lastRefusal() -> RefusedCall? {
        var call = CLinux_refused_call()
        // Safety: the call fills the structure it is given.
        unsafe CLinux_refusals_read(&call)
        guard call.count > 0 else { return nil }
        return RefusedCall(
            number: call.number,
            architecture: call.architecture,
            firstArgument: call.first_argument,
            count: Int(call.count)
        )
    }
}

/// A system call that the filter refused.
public struct RefusedCall: Hashable, Sendable {
    /// The call's number on `architecture`.
    public var number: Int32
    /// AUDIT_ARCH_… of seccomp(2).
    public var architecture: UInt32
    /// The call's first argument, such as a socket's family.
    public var firstArgument: UInt64
    /// How many calls have been refused in all.
    public var count: Int
}
