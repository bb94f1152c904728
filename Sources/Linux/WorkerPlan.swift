internal import CLinux

/// All that a forked worker does to itself, prepared by its parent and done by one C function that allocates nothing: after
/// a fork every page that is touched costs a fault, and these are paid for each task.
public struct WorkerPlan: Sendable {
    /// A limit of a worker.
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

    /// The steps, in their order.
    public enum Step: Int32, Hashable, Sendable {
        case parentDeath = 1
        case descriptors = 2
        case landlock = 3
        case limits = 4
        case seccomp = 5
    }

    /// A step that failed.
    public struct Failure: Error, Hashable, Sendable {
        public let step: Step
        /// The limit it was about.
        public let limit: ResourceLimit?
        public let error: SystemError
    }

    /// The number that the task socket gets.
    public static let taskSocket: CInt = 3

    /// The most instructions that the filter may have.
    public static var maximumInstructions: Int { Int(CLinux_worker_filter_maximum) }

    private let limits: [Limit]
    private let rows: [CLinux_limit]
    private let filter: [UInt64]
    private let selfPositions: [UInt16]

    /// Prepares a plan in the process whose children will follow it.
    ///
    /// - Parameters:
    ///   - limits: Those above what this process was given are lowered to it.
    ///   - filter: Eight-byte BPF instructions.
    ///   - selfPositions: The instructions whose constant is to be the worker's number.
    /// - Throws: `SystemError` when a limit cannot be read.
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

    /// Follows the plan in a forked child: parent death signal, the task socket to its number, a landlock domain of its
    /// own, every other descriptor closed, limits, seccomp, standard error to the null device.
    ///
    /// - Parameters:
    ///   - taskSocket: Becomes ``taskSocket``.
    ///   - server: The number that the parent must still have.
    ///   - landlockRules: The rules' descriptor; nil for no domain.
    /// - Throws: `Failure`. The process is then confined in part only.
    public func follow(taskSocket: CInt, server: Int32, landlockRules: CInt?) throws(Failure) {
        var step: Int32 = 0
        var limit: Int32 = 0
        // Safety: the plan's pointers are to storage that the closures keep alive over the call.
        let result = unsafe self.rows.withUnsafeBufferPointer { rows in
            unsafe self.filter.withUnsafeBufferPointer { filter in
                unsafe self.selfPositions.withUnsafeBufferPointer { positions -> Int32 in
                    guard let rowsBase = rows.baseAddress, let filterBase = filter.baseAddress else { return -22 }
                    var plan = unsafe CLinux_worker_plan(
                        server_pid: server,
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
    /// The system call that the step is about.
    fileprivate var call: String {
        switch self {
        case .parentDeath: "prctl(PR_SET_PDEATHSIG)"
        case .descriptors: "close_range"
        case .landlock: "landlock_restrict_self"
        case .limits: "prlimit"
        case .seccomp: "seccomp"
        }
    }
}
