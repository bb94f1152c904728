internal import CLinux
internal import Glibc

/// Namespaces of clone(2) and unshare(2).
public struct Namespaces: OptionSet, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static let user = Namespaces(rawValue: CLinux_namespace_user)
    public static let pid = Namespaces(rawValue: CLinux_namespace_pid)
    public static let mount = Namespaces(rawValue: CLinux_namespace_mount)
    public static let network = Namespaces(rawValue: CLinux_namespace_network)
    public static let ipc = Namespaces(rawValue: CLinux_namespace_ipc)
    public static let uts = Namespaces(rawValue: CLinux_namespace_uts)
    public static let cgroup = Namespaces(rawValue: CLinux_namespace_cgroup)

    /// Their short names as /proc/PID/ns has them, in a fixed order.
    public var names: [String] {
        Self.named.filter { self.contains($0.namespace) }.map(\.name)
    }

    public var description: String { self.names.joined(separator: ",") }

    /// The namespace of that short name, if there is one.
    public init?(name: String) {
        guard let found = Self.named.first(where: { $0.name == name }) else { return nil }
        self = found.namespace
    }

    private static var named: [(name: String, namespace: Namespaces)] {
        [
            ("user", .user), ("pid", .pid), ("mnt", .mount), ("net", .network), ("ipc", .ipc), ("uts", .uts),
            ("cgroup", .cgroup),
        ]
    }
}

/// The id maps of a new user namespace, as uid_map and gid_map of user_namespaces(7) want them.
public struct IdentityMaps: Hashable, Sendable {
    /// The text of uid_map.
    public var users: String
    /// The text of gid_map.
    public var groups: String
    /// Whether setgroups is denied in the namespace, as it must be for a caller without privileges.
    public var deniesSetgroups: Bool

    public init(users: String, groups: String, deniesSetgroups: Bool) {
        self.users = users
        self.groups = groups
        self.deniesSetgroups = deniesSetgroups
    }
}

/// How a program is started, beyond what it is.
public struct SpawnOptions: Hashable, Sendable {
    /// New namespaces for it. With `.pid` it is the first process of its own.
    public var namespaces: Namespaces = []
    /// The id maps when `namespaces` has `.user`.
    public var identityMaps: IdentityMaps?
    /// Whether the capabilities that a new user namespace gives survive the exec, as ambient capabilities.
    public var keepsCapabilities = false
    /// What the program gets as standard error; nil lets the caller's through.
    public var standardError: CInt?
    /// An open cgroup.procs, for writing: the program starts in that group (cgroups(7)); nil for the caller's.
    public var cgroupMembers: CInt?

    public init() {}
}

/// A program that could not be started: at which step, and why.
public struct SpawnError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Step: Int32, Sendable {
        case pipe = 1
        case clone = 2
        /// Writing uid_map, gid_map or setgroups of the new user namespace.
        case identityMaps = 3
        case descriptors = 4
        case capabilities = 5
        case execute = 6
        case directory = 7
        /// Entering the control group.
        case cgroup = 8

        var name: String {
            switch self {
            case .pipe: "pipe2"
            case .clone: "clone3"
            case .identityMaps: "writing the id maps"
            case .descriptors: "arranging descriptors"
            case .capabilities: "keeping capabilities"
            case .execute: "execve"
            case .directory: "chdir"
            case .cgroup: "entering the control group"
            }
        }
    }

    public let step: Step
    /// The program that was to be started.
    public let executable: String
    public let error: SystemError

    public var description: String { "cannot start \(self.executable): \(self.error)" }
}

/// A program that runs. Dropping this value does not end it.
// Frozen, so that users can take it apart.
@frozen public struct SpawnedProcess: ~Copyable, Sendable {
    public let pid: Int32
    public var descriptor: ProcessDescriptor

    /// Gives the pidfd to the caller.
    public consuming func takeDescriptor() -> ProcessDescriptor { self.descriptor }
}

/// Starts programs: clone3 with a pidfd, nothing but C until the exec.
public enum ProcessSpawner {
    /// Starts a program in a session of its own, in `/`, with default signal actions and nothing open but:
    /// 0 and 1, which are /dev/null; 2, standard error; 3, 4, …, the descriptors given, in their order.
    ///
    /// - Parameters:
    ///   - executable: An absolute path. It is not searched for.
    ///   - arguments: All of them, the program's own name first.
    ///   - environment: `NAME=value` texts; nothing is inherited.
    ///   - descriptors: Borrowed; the caller closes its own.
    ///   - options: Namespaces and the like.
    /// - Returns: The running program.
    /// - Throws: `SpawnError`, also for what failed on the child's side of the clone.
    public static func spawn(
        executable: String,
        arguments: [String],
        environment: [String],
        descriptors: [CInt],
        options: SpawnOptions = SpawnOptions()
    ) throws(SpawnError) -> SpawnedProcess {
        let argumentTexts = CStringArray(arguments)
        let environmentTexts = CStringArray(environment)
        var outcome = CLinux_spawn_result()
        let namespaces = options.namespaces.rawValue
        // Safety: every pointer in the request is to storage that the closures or the two arrays keep alive over the call.
        let result = unsafe executable.withCString { executable in
            unsafe withOptionalCString(options.identityMaps?.users) { users in
                unsafe withOptionalCString(options.identityMaps?.groups) { groups in
                    unsafe descriptors.withUnsafeBufferPointer { descriptors in
                        var request = unsafe CLinux_spawn_request(
                            executable: executable,
                            arguments: argumentTexts.pointer,
                            environment: environmentTexts.pointer,
                            descriptors: descriptors.baseAddress,
                            descriptor_count: descriptors.count,
                            error_output: options.standardError ?? -1,
                            namespaces: namespaces,
                            uid_map: users,
                            gid_map: groups,
                            deny_setgroups: options.identityMaps?.deniesSetgroups == true ? 1 : 0,
                            keep_capabilities: options.keepsCapabilities ? 1 : 0,
                            cgroup_members: options.cgroupMembers ?? -1
                        )
                        return unsafe CLinux_spawn(&request, &outcome)
                    }
                }
            }
        }
        // The arrays hold what the request pointed to, and must not go before the call is done.
        withExtendedLifetime((argumentTexts, environmentTexts)) {}
        guard result == 0 else {
            let step = SpawnError.Step(rawValue: outcome.step) ?? .clone
            throw SpawnError(step: step, executable: executable, error: SystemError(step.name, -result))
        }
        return SpawnedProcess(
            pid: outcome.pid,
            descriptor: ProcessDescriptor(owning: OwnedDescriptor(owning: outcome.pidfd))
        )
    }
}

/// A null-terminated array of C strings that lives as long as this value.
// Safety: the pointers are this value's own and never leave its life.
@safe private final class CStringArray {
    let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ texts: [String]) {
        self.count = texts.count
        // Safety: one slot more than there are texts, for the terminating null; each slot is initialised below.
        unsafe self.pointer = .allocate(capacity: texts.count + 1)
        for (index, text) in texts.enumerated() {
            unsafe (self.pointer + index).initialize(to: strdup(text))
        }
        unsafe (self.pointer + texts.count).initialize(to: nil)
    }

    deinit {
        // Safety: the texts came from strdup, and nobody keeps a pointer beyond this value's life.
        for index in 0..<self.count {
            unsafe free(self.pointer[index])
        }
        unsafe self.pointer.deallocate()
    }
}

private func withOptionalCString<Result>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let text else { return body(nil) }
    return unsafe text.withCString(body)
}
