internal import CLinux

/// The process that makes a temporary folder for each worker: a tmpfs in a mount namespace of its own. The fork server
/// starts the process before it gives up its own privileges. Workers take the folders (``WorkerPlan``). The process ends
/// with the fork server.
public struct TemporaryFolders: ~Copyable, Sendable {
    /// What a worker needs to take a folder: two descriptors, borrowed.
    public struct Source: Hashable, Sendable {
        let socket: CInt
        let userNamespace: CInt
    }

    /// The properties of the folders, and of the process that makes them.
    public struct Plan: Sendable {
        /// The mount point, which exists in the mount namespace of the caller.
        public var path: String
        /// The most bytes of a folder.
        public var bytes: Int
        /// The user and group of workers.
        public var uid: UInt32
        public var gid: UInt32
        /// Whether the process must change to `uid` and `gid`, because the caller has another identity.
        public var changesIdentity: Bool
        /// The seccomp filter of the process, as eight-byte BPF instructions.
        public var filter: [UInt64]

        public init(path: String, bytes: Int, uid: UInt32, gid: UInt32, changesIdentity: Bool, filter: [UInt64]) {
            self.path = path
            self.bytes = bytes
            self.uid = uid
            self.gid = gid
            self.changesIdentity = changesIdentity
            self.filter = filter
        }

        /// The options of the mount. Each inode takes about 1 KB of kernel memory, so their number is limited too, in
        /// proportion to the size.
        var options: String {
            let inodes = max(64, self.bytes >> 13)
            return "mode=0700,size=\(self.bytes),nr_inodes=\(inodes),uid=\(self.uid),gid=\(self.gid)"
        }
    }

    /// The steps of the start.
    public enum Step: Int32, Hashable, Sendable {
        case process = 1
        case identity = 2
        case userNamespace = 3
        case identityMaps = 4
        case mountNamespace = 5
        case confinement = 6
        case mount = 7
    }

    /// A failed step.
    public struct Failure: Error, Hashable, Sendable {
        public let step: Step
        public let error: SystemError
    }

    /// The process id.
    public let pid: Int32
    private let socket: OwnedDescriptor
    private let userNamespace: OwnedDescriptor

    /// Starts the process and returns when it has made the first folder. This process must have one thread and no other
    /// child.
    ///
    /// - Parameters:
    ///   - plan: The folders to make.
    ///   - proc: A descriptor of /proc, borrowed.
    /// - Throws: `Failure`; the process is gone then.
    public init(_ plan: Plan, proc: CInt) throws(Failure) {
        var step: Int32 = 0
        var folders = CLinux_folders()
        // Safety: the plan's pointers refer to storage that the closures keep alive during the call.
        let result = unsafe plan.filter.withUnsafeBufferPointer { filter in
            unsafe plan.path.withCString { path in
                unsafe plan.options.withCString { options -> Int32 in
                    guard let base = filter.baseAddress else { return -22 }
                    var plan = unsafe CLinux_folders_plan(
                        path: path,
                        options: options,
                        uid: plan.uid,
                        gid: plan.gid,
                        changes_identity: plan.changesIdentity ? 1 : 0,
                        filter: base,
                        filter_count: UInt16(filter.count)
                    )
                    return unsafe CLinux_folders_start(&plan, proc, &folders, &step)
                }
            }
        }
        guard result == 0 else {
            let failed = Step(rawValue: step) ?? .process
            throw Failure(step: failed, error: SystemError(failed.call, -result))
        }
        self.pid = folders.pid
        self.socket = OwnedDescriptor(owning: folders.socket)
        self.userNamespace = OwnedDescriptor(owning: folders.user_namespace)
    }

    /// What workers need to take a folder.
    public var source: Source {
        Source(socket: self.socket.rawValue, userNamespace: self.userNamespace.rawValue)
    }

    /// Mounts a folder of the same kind in the mount namespace of this process, which needs CAP_SYS_ADMIN.
    public static func mount(_ plan: Plan) throws(SystemError) {
        try unsafe checked("mount(tmpfs)", CLinux_mount_folder(plan.path, plan.options))
    }
}

extension TemporaryFolders.Step {
    /// The system call that the step makes.
    fileprivate var call: String {
        switch self {
        case .process: "fork"
        case .identity: "setresuid"
        case .userNamespace: "unshare(CLONE_NEWUSER)"
        case .identityMaps: "write(/proc/self/uid_map)"
        case .mountNamespace: "unshare(CLONE_NEWNS)"
        case .confinement: "seccomp"
        case .mount: "mount(tmpfs)"
        }
    }
}
