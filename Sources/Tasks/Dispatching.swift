/// Who submits: the unit of fairness, and of who may see and cancel what.
public struct Peer: Hashable, Sendable {
    /// The user id at the other end of the socket; for a front end without one, that of the service.
    public var uid: UInt32
    /// Root and the service user see and cancel every task; everybody else their own.
    public var isPrivileged: Bool

    public init(uid: UInt32, isPrivileged: Bool) {
        self.uid = uid
        self.isPrivileged = isPrivileged
    }
}

/// Why a task was turned away. It never had an identifier, and gets no outcome.
public enum Rejection: Error, Equatable, Sendable {
    /// As many tasks wait as `QUEUE_LIMIT` allows, or as this peer's fair share of it.
    case queueFull(limit: Int)
    /// The service is shutting down.
    case draining
}

/// One row of the task list.
public struct TaskSummary: Equatable, Sendable {
    public enum State: String, Sendable {
        case queued
        case running
    }

    public var id: TaskID
    public var label: String?
    public var state: State
    public var mode: TaskMode
    public var peer: Peer
    /// Since the task was accepted.
    public var age: Duration

    public init(id: TaskID, label: String?, state: State, mode: TaskMode, peer: Peer, age: Duration) {
        self.id = id
        self.label = label
        self.state = state
        self.mode = mode
        self.peer = peer
        self.age = age
    }
}

/// What a front end may ask of the dispatcher. Callable from any thread; never blocks.
public protocol TaskDispatching: AnyObject, Sendable {
    /// Accepts a task, or turns it away. The observer may be called before this returns.
    func submit(
        _ request: TaskRequest,
        from peer: Peer,
        observer: any TaskObserver
    ) -> Swift.Result<TaskID, Rejection>

    /// Cancels a task of `peer`'s, queued or running; its outcome is still delivered.
    ///
    /// - Returns: Whether there is such a task that `peer` may cancel.
    func cancel(_ id: TaskID, by peer: Peer) -> Bool

    /// The tasks that `peer` may see, oldest first.
    func tasks(visibleTo peer: Peer) -> [TaskSummary]
}

/// Why a running task is stopped.
public enum StopReason: Sendable {
    case cancelled
    /// The service stops, and the task has outlasted the grace.
    case shutdown
}

/// A task on its way to a worker.
public struct TaskAssignment: Sendable {
    public var id: TaskID
    public var request: TaskRequest
    /// How long it may run, counted from the moment a worker is handed the task.
    public var timeout: Duration

    public init(id: TaskID, request: TaskRequest, timeout: Duration) {
        self.id = id
        self.request = request
        self.timeout = timeout
    }
}

/// What the dispatcher asks of the worker pool. Callable from any thread; never blocks.
public protocol TaskExecutor: AnyObject, Sendable {
    /// Runs a task in a worker of its own. The observer gets its events and exactly one outcome,
    /// in which `usage.queued` is left for the dispatcher to fill in.
    func execute(_ assignment: TaskAssignment, observer: any TaskObserver)

    /// Stops a task that was handed to ``execute(_:observer:)``; too late is no error.
    func stop(_ id: TaskID, for reason: StopReason)
}
