import Tasks

/// Names a fork server for as long as the service lives.
struct ForkServerID: Hashable, Sendable, CustomStringConvertible {
    let description: String
    /// What the names begin with where there is one pool.
    static let usualName = "fs"
    init(_ number: UInt64, of name: String = Self.usualName) { self.description = "\(name)\(number)" }
}

/// Names a worker for as long as the pool lives.
struct WorkerID: Hashable, Sendable, CustomStringConvertible {
    let number: UInt64
    var description: String { "w\(self.number)" }
}

extension PoolStateMachine {
    struct Pending: Sendable {
        let id: TaskID
        let job: Job
        /// Whether a worker already died before it began this task.
        var isRetry = false
        /// Whether it is to be stopped: no other worker gets it then.
        var isStopped = false
    }

    enum Action: Sendable {
        /// Start it, and call `serverOverdue` after this time.
        case startServer(ForkServerID, WorkerPoolConfiguration, within: Duration)
        /// It takes too long to start: end it.
        case abandonServer(ForkServerID)
        /// There is no fork server for the one who waits for the first, and there will be none.
        case startFailed(WorkerPoolError)
        /// Call `serverRestartDue` after this time.
        case scheduleServerRestart(Duration)
        /// Fork a worker.
        case fork(WorkerID, ForkServerID)
        case assign(WorkerID, Pending)
        /// End a worker that has no task.
        case discard(WorkerID)
        /// Close the control socket: the fork server exits, and its last workers with it.
        case stopServer(ForkServerID)
        /// Tell the worker's owner that no word about its exit will ever come.
        case orphan(WorkerID)
        case stopTask(WorkerID, StopReason)
        case fail(Pending, TaskFailure)
        /// Call `refillDue` after this time.
        case scheduleRefill(Duration)
        case stopped
    }
}
