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

/// Which fork server serves, how many workers wait, which task goes to which. Pure: what is to be done comes back.
///
/// `Job` is whatever the owner needs back to run or fail a task.
struct PoolStateMachine<Job: Sendable>: Sendable {
    struct Settings: Sendable {
        /// Workers that are to wait for a task.
        var warmWorkers: Int
        /// Forks after which a fork server is replaced: its children share its hash seed and address layout.
        var forksPerServer: Int
    }

    struct Pending: Sendable {
        let id: TaskID
        let job: Job
        /// Whether a worker already died before it began this task.
        var isRetry = false
    }

    enum Action: Sendable {
        case startServer(ForkServerID)
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

    private enum WorkerState: Sendable {
        case starting
        case warm
        case busy(Pending)
    }

    private struct Worker: Sendable {
        let server: ForkServerID
        var state: WorkerState
    }

    private struct Server: Sendable {
        var isReady = false
        var isRetiring = false
        var forks = 0
    }

    private let serverName: String
    private var settings: Settings
    private var servers: [ForkServerID: Server] = [:]
    private var current: ForkServerID?
    private var successor: ForkServerID?
    private var workers: [WorkerID: Worker] = [:]
    /// Newest last: the newest is the one whose pages are still in the cache.
    private var warm: [WorkerID] = []
    private var waiting: [Pending] = []
    private var numbers: UInt64 = 0
    private var restarts = 0
    private var failedStarts = 0
    /// The newest worker there was when a failed start was counted.
    private var countedFailure: UInt64 = 0
    private var isRefillScheduled = false
    private var isStopping = false

    init(settings: Settings, serverName: String = ForkServerID.usualName) {
        self.settings = settings
        self.serverName = serverName
    }

    // MARK: Fork servers

    mutating func settingsChanged(_ settings: Settings) {
        self.settings = settings
    }

    /// Starts the first fork server, or, while one serves, the one that is to take its place.
    mutating func serverWanted() -> [Action] {
        guard !self.isStopping else { return [] }
        var actions: [Action] = []
        if let superseded = self.successor {
            actions.append(.stopServer(superseded))
        }
        self.numbers += 1
        let id = ForkServerID(self.numbers, of: self.serverName)
        self.servers[id] = Server()
        self.successor = id
        return actions + [.startServer(id)]
    }

    mutating func serverReady(_ id: ForkServerID) -> [Action] {
        guard id == self.successor, !self.isStopping else { return [] }
        self.servers[id]?.isReady = true
        self.restarts = 0
        let predecessor = self.current
        self.successor = nil
        self.current = id
        return (predecessor.map { self.retire($0) } ?? []) + self.refill()
    }

    private mutating func retire(_ id: ForkServerID) -> [Action] {
        self.servers[id]?.isRetiring = true
        var actions: [Action] = []
        for (workerID, worker) in self.workers where worker.server == id {
            guard case .warm = worker.state else { continue }
            self.warm.removeAll { $0 == workerID }
            self.workers[workerID] = nil
            actions.append(.discard(workerID))
        }
        return actions + self.stopIfUnused(id)
    }

    private func stopIfUnused(_ id: ForkServerID) -> [Action] {
        guard self.servers[id]?.isRetiring == true, !self.workers.values.contains(where: { $0.server == id })
        else { return [] }
        return [.stopServer(id)]
    }

    /// A fork server's process is gone, and every worker of its with it.
    mutating func serverEnded(_ id: ForkServerID) -> [Action] {
        self.servers[id] = nil
        let orphans = self.workers.filter { $0.value.server == id }.map(\.key)
        var actions: [Action] = []
        for orphan in orphans {
            actions.append(.orphan(orphan))
            if let worker = self.workers[orphan], case .busy = worker.state { continue }
            self.warm.removeAll { $0 == orphan }
            self.workers[orphan] = nil
        }
        guard !self.isStopping else { return actions + (self.servers.isEmpty ? [.stopped] : []) }
        if id == self.successor {
            self.successor = nil
        } else if id == self.current {
            self.current = nil
        } else {
            return actions
        }
        guard self.current == nil, self.successor == nil else { return actions }
        return actions + [.scheduleServerRestart(self.restartDelay())]
    }

    /// None at first, then doubling up to five seconds for as long as none comes to serve.
    private mutating func restartDelay() -> Duration {
        defer { self.restarts += 1 }
        guard self.restarts > 0 else { return .zero }
        return min(.milliseconds(50 << min(self.restarts, 10)), .seconds(5))
    }

    mutating func serverRestartDue() -> [Action] {
        guard self.current == nil, self.successor == nil else { return [] }
        return self.serverWanted()
    }

    // MARK: Tasks

    /// A task came in; among the warm workers one that is preferred gets it, if there is any.
    mutating func submitted(
        _ id: TaskID,
        _ job: Job,
        preferring isPreferred: (WorkerID) -> Bool = { _ in true }
    ) -> [Action] {
        self.place(Pending(id: id, job: job), preferring: isPreferred)
    }

    private mutating func place(
        _ pending: Pending,
        preferring isPreferred: (WorkerID) -> Bool = { _ in true }
    ) -> [Action] {
        guard !self.isStopping else {
            return [.fail(pending, TaskFailure(.cancelled, message: "the service is stopping"))]
        }
        guard let newest = self.warm.indices.last else {
            self.waiting.append(pending)
            return self.refill()
        }
        let worker = self.warm.remove(at: self.warm.lastIndex(where: isPreferred) ?? newest)
        self.workers[worker]?.state = .busy(pending)
        // The replacement is asked for when this task is done, off its path; if it takes long, a little later.
        guard !self.isRefillScheduled else { return [.assign(worker, pending)] }
        self.isRefillScheduled = true
        return [.assign(worker, pending), .scheduleRefill(.milliseconds(10))]
    }

    mutating func refillDue() -> [Action] {
        self.isRefillScheduled = false
        return self.refill()
    }

    /// Forks what is missing between the workers at hand and those that are wanted.
    private mutating func refill() -> [Action] {
        guard let current = self.current, !self.isStopping else { return [] }
        let wanted = self.settings.warmWorkers + self.waiting.count
        let starting = self.workers.values.count {
            guard case .starting = $0.state else { return false }
            return $0.server == current
        }
        var actions: [Action] = []
        for _ in 0..<max(0, wanted - self.warm.count - starting) {
            self.numbers += 1
            let worker = WorkerID(number: self.numbers)
            self.workers[worker] = Worker(server: current, state: .starting)
            self.servers[current]?.forks += 1
            actions.append(.fork(worker, current))
        }
        if let forks = self.servers[current]?.forks, forks >= self.settings.forksPerServer, self.successor == nil {
            actions += self.serverWanted()
        }
        return actions
    }

    /// Stops a task wherever it is.
    mutating func stopRequested(_ id: TaskID, for reason: StopReason) -> [Action] {
        if let index = self.waiting.firstIndex(where: { $0.id == id }) {
            let pending = self.waiting.remove(at: index)
            return [.fail(pending, TaskFailure(.cancelled, message: "the task was cancelled before it began"))]
        }
        for (workerID, worker) in self.workers {
            if case .busy(let pending) = worker.state, pending.id == id {
                return [.stopTask(workerID, reason)]
            }
        }
        return []
    }

    // MARK: Workers

    mutating func workerReady(_ id: WorkerID) -> [Action] {
        guard let worker = self.workers[id], case .starting = worker.state else { return [.discard(id)] }
        self.failedStarts = 0
        guard self.servers[worker.server]?.isRetiring == false else {
            self.workers[id] = nil
            return [.discard(id)] + self.stopIfUnused(worker.server)
        }
        guard !self.waiting.isEmpty else {
            self.workers[id]?.state = .warm
            self.warm.append(id)
            return []
        }
        let pending = self.waiting.removeFirst()
        self.workers[id]?.state = .busy(pending)
        return [.assign(id, pending)]
    }

    /// A worker's task has its outcome.
    mutating func workerFinished(_ id: WorkerID) -> [Action] {
        guard let worker = self.workers.removeValue(forKey: id) else { return [] }
        return self.stopIfUnused(worker.server) + self.refill()
    }

    /// A worker ended, or was ended, without ever having had a task.
    mutating func workerGone(_ id: WorkerID) -> [Action] {
        guard let worker = self.workers[id] else { return [] }
        // A task is on its way to it: the worker's owner will find it dead and report the task lost.
        if case .busy = worker.state { return [] }
        self.workers[id] = nil
        self.warm.removeAll { $0 == id }
        let actions = self.stopIfUnused(worker.server)
        guard case .starting = worker.state, self.servers[worker.server] != nil else {
            return actions + self.refill()
        }
        return actions + self.startFailed(id)
    }

    /// Workers that cannot start would otherwise be forked for ever, and their tasks wait for ever.
    private mutating func startFailed(_ id: WorkerID) -> [Action] {
        // Workers that were being started together fail together, when their fork server dies: that counts once. The word
        // of its death comes over another socket, so nothing is asked of it for a moment.
        if id.number > self.countedFailure {
            self.failedStarts += 1
            self.countedFailure = self.numbers
        }
        var failed: [Action] = []
        if self.failedStarts >= 3 {
            failed = self.waiting.map {
                .fail($0, TaskFailure(.workerDied, message: "no worker could be started"))
            }
            self.waiting = []
        }
        guard !self.isRefillScheduled else { return failed }
        self.isRefillScheduled = true
        return failed + [.scheduleRefill(.milliseconds(self.failedStarts >= 3 ? 200 : 10))]
    }

    /// A worker died with a task that had not begun: another one gets it, once.
    mutating func workerLostTask(_ id: WorkerID, _ failure: TaskFailure) -> [Action] {
        guard let worker = self.workers.removeValue(forKey: id) else { return [] }
        guard case .busy(var pending) = worker.state else { preconditionFailure("\(id) lost a task it did not have") }
        let actions = self.stopIfUnused(worker.server)
        guard !pending.isRetry else { return actions + [.fail(pending, failure)] + self.refill() }
        pending.isRetry = true
        return actions + self.place(pending)
    }

    // MARK: The end

    /// Stops every fork server; tasks that still run die with them.
    mutating func stopRequested() -> [Action] {
        self.isStopping = true
        let failed = self.waiting.map {
            Action.fail($0, TaskFailure(.cancelled, message: "the service is stopping"))
        }
        self.waiting = []
        guard !self.servers.isEmpty else { return failed + [.stopped] }
        return failed + self.servers.keys.map { .stopServer($0) }
    }

    // MARK: What it looks like

    var isServing: Bool { self.current != nil }

    /// The fork server that new workers come from.
    var servingServer: ForkServerID? { self.current }

    /// The numbers for `/v1/info` and metrics.
    func counts() -> PoolStatus {
        var status = PoolStatus(warmWorkers: self.warm.count, forkServers: self.servers.count)
        for worker in self.workers.values {
            switch worker.state {
            case .starting: status.startingWorkers += 1
            case .warm: break
            case .busy: status.runningWorkers += 1
            }
        }
        return status
    }
}
