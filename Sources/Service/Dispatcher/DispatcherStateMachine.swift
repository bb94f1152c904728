import Tasks

/// Decides which tasks run, which wait and which are rejected. ``TaskDispatcher`` owns it, calls it under its lock and
/// performs the actions that it returns. A value without side effects: times and ids are arguments.
///
/// `Handle` is the owner's reference to a task. The machine stores it and returns it with the actions for the task.
struct DispatcherStateMachine<Handle: Sendable>: Sendable {
    typealias Instant = ContinuousClock.Instant

    struct Entry: Sendable {
        let id: TaskID
        let peer: Peer
        let label: String?
        let mode: TaskMode
        let acceptedAt: Instant
        var startedAt: Instant?
        /// Whether the task was cancelled after it was assigned a slot.
        var isStopping = false
        /// How many bytes of memory are reserved for the task's answer.
        var reservation = 0
        let handle: Handle
    }

    enum SubmitAction {
        /// The task has a slot: pass it to the executor.
        case start(Entry)
        case wait
        case reject(Rejection)
    }

    enum CancelAction {
        /// The task never started: the caller must deliver its outcome.
        case finish(Entry)
        /// The task has a slot: the caller must stop it at the executor, which delivers the outcome.
        case stop(TaskID)
        case unknown
    }

    struct FinishAction {
        /// The tasks to pass to the executor.
        var start: [Entry] = []
        /// Whether the last task has ended and no further task is accepted.
        var isDrained = false
    }

    private let capacity: Int
    private let queueLimit: Int
    private var isDraining = false
    /// Every accepted task without an outcome.
    private var entries: [TaskID: Entry] = [:]
    private var running = 0
    private var queue: FairQueue
    private var rate: SubmissionRate

    /// - Parameters:
    ///   - capacity: How many tasks run at once.
    ///   - capacityPerUser: How many tasks of one user run at once; nil means `capacity`.
    ///   - queueLimit: How many tasks may wait; further tasks are rejected.
    ///   - ratePerUser: How many tasks one user may submit in a minute; nil means no limit.
    init(capacity: Int, capacityPerUser: Int? = nil, queueLimit: Int, ratePerUser: Int? = nil) {
        self.rate = SubmissionRate(perMinute: ratePerUser)
        self.capacity = capacity
        self.queueLimit = queueLimit
        self.queue = FairQueue(maximumRunning: capacityPerUser ?? capacity)
    }

    /// Changes how many tasks of one user run at once; nil means all slots. After a raise ``resumed(at:reserve:)`` starts the
    /// waiting tasks that may run now.
    mutating func setCapacity(perUser: Int?) {
        self.queue.maximumRunning = perUser ?? self.capacity
    }

    /// Changes how many tasks one user may submit in a minute.
    mutating func setRate(perUser: Int?) {
        self.rate.perMinute = perUser
    }

    /// A front end has submitted a task. `reserve` reserves memory for one answer of a user, and returns nil when the
    /// user's account has no room.
    mutating func submitted(
        _ id: TaskID,
        _ handle: Handle,
        label: String?,
        mode: TaskMode,
        from peer: Peer,
        at now: Instant,
        reserve: (UInt32) -> Int?
    ) -> SubmitAction {
        guard !self.isDraining else { return .reject(.draining) }
        if let rejection = self.rate.submit(peer.uid, at: now) { return .reject(rejection) }
        var entry = Entry(id: id, peer: peer, label: label, mode: mode, acceptedAt: now, handle: handle)
        if self.running < self.capacity, self.queue.isFree(peer.uid), let reservation = reserve(peer.uid) {
            entry.startedAt = now
            entry.reservation = reservation
            self.entries[id] = entry
            self.running += 1
            self.queue.started(for: peer.uid)
            return .start(entry)
        }
        guard
            self.queue.waitingCount < self.queueLimit || self.queue.isBelowShare(peer.uid, of: self.queueLimit)
        else {
            return .reject(.queueFull(limit: self.queueLimit))
        }
        self.entries[id] = entry
        self.queue.append(id, for: peer.uid)
        return .wait
    }

    /// The executor has delivered the outcome of a task.
    mutating func finished(_ id: TaskID, at now: Instant, reserve: (UInt32) -> Int?) -> FinishAction {
        guard let entry = self.entries.removeValue(forKey: id) else { return FinishAction() }
        // Only an error of this program can break this: the executor knows the ids of started tasks only, and neither a client
        // nor a worker names the task of an outcome.
        precondition(entry.startedAt != nil, "task \(id) finished without having been started")
        self.running -= 1
        self.queue.finished(for: entry.peer.uid)
        return FinishAction(
            start: self.startWaiting(at: now, reserve: reserve),
            isDrained: self.isDraining && self.entries.isEmpty
        )
    }

    /// The answer of a task was written, or its client has disconnected.
    ///
    /// - Returns: The tasks to pass to the executor.
    mutating func answered(_ uid: UInt32, at now: Instant, reserve: (UInt32) -> Int?) -> [Entry] {
        self.queue.answered(for: uid)
        return self.startWaiting(at: now, reserve: reserve)
    }

    /// A limit was raised.
    ///
    /// - Returns: The tasks to pass to the executor.
    mutating func resumed(at now: Instant, reserve: (UInt32) -> Int?) -> [Entry] {
        self.startWaiting(at: now, reserve: reserve)
    }

    /// Assigns free slots to waiting tasks.
    private mutating func startWaiting(at now: Instant, reserve: (UInt32) -> Int?) -> [Entry] {
        var started: [Entry] = []
        while self.running < self.capacity, self.queue.waitingCount > 0 {
            guard let next = self.popNext(reserve: reserve), var entry = self.entries[next.id] else { break }
            entry.startedAt = now
            entry.reservation = next.reservation
            self.entries[next.id] = entry
            self.running += 1
            started.append(entry)
        }
        return started
    }

    /// Takes the next task from the queue. This is a separate function, so that its local reference to `entries` ends before
    /// the caller changes `entries`. Otherwise the change would copy the dictionary.
    private mutating func popNext(reserve: (UInt32) -> Int?) -> (id: TaskID, reservation: Int)? {
        let entries = self.entries
        return self.queue.popNext(where: { entries[$0] != nil }, reserve: reserve)
    }

    mutating func cancelled(_ id: TaskID, by peer: Peer) -> CancelAction {
        guard let entry = self.entries[id], peer.isPrivileged || entry.peer.uid == peer.uid else { return .unknown }
        return self.cancel(entry)
    }

    private mutating func cancel(_ entry: Entry) -> CancelAction {
        guard entry.startedAt == nil else {
            self.entries[entry.id]?.isStopping = true
            return .stop(entry.id)
        }
        self.entries[entry.id] = nil
        let entries = self.entries
        self.queue.cancelledOne(of: entry.peer.uid) { entries[$0] != nil }
        return .finish(entry)
    }

    /// Whether a task with a slot was cancelled. The executor may not have the task yet.
    func isStopping(_ id: TaskID) -> Bool {
        self.entries[id]?.isStopping == true
    }

    func tasks(visibleTo peer: Peer, at now: Instant) -> [TaskSummary] {
        self.entries.values
            .filter { peer.isPrivileged || $0.peer.uid == peer.uid }
            .sorted { $0.acceptedAt < $1.acceptedAt }
            .map {
                TaskSummary(
                    id: $0.id,
                    label: $0.label,
                    state: $0.startedAt == nil ? .queued : .running,
                    mode: $0.mode,
                    peer: $0.peer,
                    age: now - $0.acceptedAt
                )
            }
    }

    /// Makes the machine reject every new task from now on.
    ///
    /// - Returns: Whether no accepted task is left without an outcome.
    mutating func draining() -> Bool {
        self.isDraining = true
        return self.entries.isEmpty
    }

    /// Cancels the tasks of all peers.
    mutating func cancelledAll() -> [CancelAction] {
        self.entries.values.map { self.cancel($0) }
    }

    var isIdle: Bool { self.entries.isEmpty }
    var waitingCount: Int { self.queue.waitingCount }
    var runningCount: Int { self.running }
}
