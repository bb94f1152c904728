import Tasks

/// Who runs, who waits, who is turned away. Pure: times and identifiers are arguments, what is to be done comes back.
///
/// `Handle` is whatever the owner needs back to act on a task.
struct DispatcherStateMachine<Handle: Sendable>: Sendable {
    typealias Instant = ContinuousClock.Instant

    struct Entry: Sendable {
        let id: TaskID
        let peer: Peer
        let label: String?
        let mode: TaskMode
        let acceptedAt: Instant
        var startedAt: Instant?
        /// Whether the executor was, or is, to stop it.
        var isStopping = false
        let handle: Handle
    }

    enum SubmitAction {
        /// Hand it to the executor now.
        case start(Entry)
        case wait
        case reject(Rejection)
    }

    enum CancelAction {
        /// It never ran: its outcome is the caller's to deliver.
        case finish(Entry)
        /// It runs: the executor is to stop it, and delivers the outcome.
        case stop(TaskID)
        case unknown
    }

    struct FinishAction {
        /// Hand these to the executor now.
        var start: [Entry] = []
        /// The last task is gone and no more will come.
        var isDrained = false
    }

    private let capacity: Int
    private let queueLimit: Int
    private var isDraining = false
    /// Every accepted task that has no outcome yet, in the order of acceptance.
    private var entries: [TaskID: Entry] = [:]
    private var running = 0
    private var waiting = 0
    private var peers: [UInt32: PeerQueue] = [:]
    private var sequence: UInt64 = 0

    private struct PeerQueue: Sendable {
        var running = 0
        /// Oldest first.
        var waiting: [TaskID] = []
        /// When this peer's turn last came, as a count: the smaller, the longer ago.
        var lastTurn: UInt64 = 0
    }

    init(capacity: Int, queueLimit: Int) {
        self.capacity = capacity
        self.queueLimit = queueLimit
    }

    mutating func submitted(
        _ id: TaskID,
        _ handle: Handle,
        label: String?,
        mode: TaskMode,
        from peer: Peer,
        at now: Instant
    ) -> SubmitAction {
        guard !self.isDraining else { return .reject(.draining) }
        var entry = Entry(id: id, peer: peer, label: label, mode: mode, acceptedAt: now, handle: handle)
        if self.running < self.capacity {
            precondition(self.waiting == 0, "\(self.waiting) tasks wait beside a free slot")
            entry.startedAt = now
            self.entries[id] = entry
            self.running += 1
            self.sequence += 1
            self.peers[peer.uid, default: PeerQueue()].running += 1
            self.peers[peer.uid]?.lastTurn = self.sequence
            return .start(entry)
        }
        guard self.waiting < self.queueLimit || self.isBelowFairShare(peer) else {
            return .reject(.queueFull(limit: self.queueLimit))
        }
        self.entries[id] = entry
        self.waiting += 1
        self.peers[peer.uid, default: PeerQueue()].waiting.append(id)
        return .wait
    }

    /// A full queue still takes a peer that holds less than its share, or one client could lock all others out.
    private func isBelowFairShare(_ peer: Peer) -> Bool {
        let mine = self.peers[peer.uid]?.waiting.count ?? 0
        let others = self.peers.count { $0.key != peer.uid && !$0.value.waiting.isEmpty }
        return others > 0 && mine < self.queueLimit / (others + 1)
    }

    /// A task has its outcome, for whatever reason.
    mutating func finished(_ id: TaskID, at now: Instant) -> FinishAction {
        guard let entry = self.entries.removeValue(forKey: id) else { return FinishAction() }
        precondition(entry.startedAt != nil, "task \(id) finished without having been started")
        self.running -= 1
        self.peers[entry.peer.uid]?.running -= 1
        self.forget(entry.peer.uid)
        return FinishAction(start: self.startWaiting(at: now), isDrained: self.isDraining && self.entries.isEmpty)
    }

    /// The next task is one of the peer with the fewest running; among equals, of the one that waited longest for a turn.
    private mutating func startWaiting(at now: Instant) -> [Entry] {
        var started: [Entry] = []
        while self.running < self.capacity {
            let candidates = self.peers.lazy.filter { !$0.value.waiting.isEmpty }
            guard
                let uid = candidates.min(by: {
                    ($0.value.running, $0.value.lastTurn) < ($1.value.running, $1.value.lastTurn)
                })?.key,
                let id = self.peers[uid]?.waiting.removeFirst()
            else { break }
            self.waiting -= 1
            self.running += 1
            self.sequence += 1
            self.peers[uid]?.running += 1
            self.peers[uid]?.lastTurn = self.sequence
            self.entries[id]?.startedAt = now
            if let entry = self.entries[id] {
                started.append(entry)
            }
        }
        return started
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
        self.waiting -= 1
        self.peers[entry.peer.uid]?.waiting.removeAll { $0 == entry.id }
        self.forget(entry.peer.uid)
        return .finish(entry)
    }

    /// Whether a running task was cancelled: perhaps before the executor knew of it.
    func isStopping(_ id: TaskID) -> Bool {
        self.entries[id]?.isStopping == true
    }

    private mutating func forget(_ uid: UInt32) {
        if let queue = self.peers[uid], queue.running == 0, queue.waiting.isEmpty {
            self.peers[uid] = nil
        }
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

    /// From now on every task is turned away.
    ///
    /// - Returns: Whether there is nothing to wait for.
    mutating func draining() -> Bool {
        self.isDraining = true
        return self.entries.isEmpty
    }

    /// Everything is to end now, whoever it belongs to.
    mutating func cancelledAll() -> [CancelAction] {
        self.entries.values.map { self.cancel($0) }
    }

    var isIdle: Bool { self.entries.isEmpty }
    var waitingCount: Int { self.waiting }
    var runningCount: Int { self.running }
}
