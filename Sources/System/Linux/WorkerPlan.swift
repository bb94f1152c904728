internal import CLinux

/// The confinement of a forked worker. The fork server prepares the plan, and one C function applies it in the worker
/// without allocating memory: after a fork each touched page costs a fault, and every task would pay for it.
public struct WorkerPlan: Sendable {
    /// A resource limit of a worker.
    public struct Limit: Hashable, Sendable {
        public var resource: ResourceLimit
        public var soft: UInt64
        public var hard: UInt64

        public init(_ resource: ResourceLimit, soft: UInt64, hard: UInt64) {
            self.resource = resource
            self.soft = soft
            self.hard = hard
        }
    }

    /// The steps of the plan. They are executed in this order, except for the folder, which comes first.
    public enum Step: Int32, Hashable, Sendable {
        case parentDeath = 1
        case descriptors = 2
        case landlock = 3
        case limits = 4
        case seccomp = 5
        case folder = 6
    }

    /// A failed step.
    public struct Failure: Error, Hashable, Sendable {
        public let step: Step
        /// The limit that could not be set, if the step is `.limits`.
        public let limit: ResourceLimit?
        public let error: SystemError
    }

    /// The descriptor number of the task socket in a worker.
    public static let taskSocket: CInt = 3

    /// The most instructions of the seccomp filter.
    public static var maximumInstructions: Int { Int(CLinux_worker_filter_maximum) }

    private let limits: [Limit]
    private let rows: [CLinux_limit]
    private let filter: [UInt64]
    private let selfPositions: [UInt16]

    /// Prepares a plan in the fork server, for its workers.
    ///
    /// - Parameters:
    ///   - limits: The limits. A value above this process's hard limit is lowered to it.
    ///   - filter: The seccomp filter, as eight-byte BPF instructions.
    ///   - selfPositions: The positions of filter instructions whose constant is replaced by the worker's process id.
    /// - Throws: `SystemError` if a limit of this process cannot be read.
    public init(limits: [Limit], filter: [UInt64], selfPositions: [Int]) throws(SystemError) {
        var rows: [CLinux_limit] = []
        for limit in limits {
            let hard = try limit.resource.hardLimit()
            rows.append(
                CLinux_limit(resource: limit.resource.number, soft: min(limit.soft, hard), hard: min(limit.hard, hard))
            )
        }
        precondition(filter.count <= Self.maximumInstructions && selfPositions.allSatisfy(filter.indices.contains))
        self.limits = limits
        self.rows = rows
        self.filter = filter
        self.selfPositions = selfPositions.map { UInt16($0) }
    }

    /// Applies the plan in a forked worker: takes the temporary folder, sets the parent death signal, moves the task socket
    /// to its number, enters a landlock domain, closes all descriptors with numbers above that of the task socket, sets
    /// the limits, installs the seccomp filter and redirects standard error to /dev/null.
    ///
    /// - Parameters:
    ///   - taskSocket: The descriptor that is moved to the number ``taskSocket``.
    ///   - server: The process id of the fork server. The call fails if that is no longer the parent.
    ///   - folders: The process that makes the temporary folders; nil to take none.
    ///   - landlockRules: The descriptor of the landlock rules; nil to enter no domain.
    /// - Throws: `Failure`. The process is then only partly confined.
    public func follow(
        taskSocket: CInt,
        server: Int32,
        folders: TemporaryFolders.Source?,
        landlockRules: CInt?
    ) throws(Failure) {
        var step: Int32 = 0
        var limit: Int32 = 0
        // Safety: the plan's pointers refer to storage that the closures keep alive during the call.
        let result = unsafe self.rows.withUnsafeBufferPointer { rows in
            unsafe self.filter.withUnsafeBufferPointer { filter in
                unsafe self.selfPositions.withUnsafeBufferPointer { positions -> Int32 in
                    guard let rowsBase = rows.baseAddress, let filterBase = filter.baseAddress else { return -22 }
                    var plan = unsafe CLinux_worker_plan(
                        server_pid: server,
                        folders_socket: folders?.socket ?? -1,
                        folders_user_namespace: folders?.userNamespace ?? -1,
                        landlock_ruleset: landlockRules ?? -1,
                        limits: rowsBase,
                        limit_count: rows.count,
                        filter: filterBase,
                        filter_count: UInt16(filter.count),
                        self_positions: positions.baseAddress,
                        self_count: positions.count
                    )
                    return unsafe CLinux_confine_worker(&plan, taskSocket, &step, &limit)
                }
            }
        }
        guard result != 0 else { return }
        let failed = Step(rawValue: step) ?? .seccomp
        let resource = failed == .limits ? self.limits[Int(limit)].resource : nil
        throw Failure(step: failed, limit: resource, error: SystemError(failed.call, -result))
    }
}

extension WorkerPlan.Step {
    /// The system call that the step makes.
    fileprivate var call: String {
        switch self {
        case .parentDeath: "prctl(PR_SET_PDEATHSIG)"
        case .descriptors: "close_range"
        case .landlock: "landlock_restrict_self"
        case .limits: "prlimit"
        case .seccomp: "seccomp"
        case .folder: "setns"
        }
    }
}
