import Tasks

/// Which fork server serves, how many workers wait, which task goes to which. Pure: what is to be done comes back.
///
/// `Job` is whatever the owner needs back to run or fail a task.
struct PoolStateMachine<Job: Sendable>: Sendable {
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
        let configuration: WorkerPoolConfiguration
        /// Whether a worker of it was ready once.
        var isProven = false
        var isRetiring = false
        var forks = 0
    }

    /// Workers of a fork server that are being started at once. Each is a message to it and one back, and neither side reads
    /// while it cannot write: what they owe each other has to fit into their socket.
    private let maximumStarting = 64
    /// Fork servers that end in a row, without a worker of theirs having been ready, before tasks that wait are failed.
    private let hopelessAfter = 5

    private let serverName: String
    /// What the last fork server that came to serve was started with; before there is one, what the first is.
    private var configuration: WorkerPoolConfiguration
    private var hasServed = false
    private var servers: [ForkServerID: Server] = [:]
    private var current: ForkServerID?
    private var successor: ForkServerID?
    private var workers: [WorkerID: Worker] = [:]
    /// Newest last: the newest is the one whose pages are still in the cache.
    private var warm: [WorkerID] = []
    private var waiting: [Pending] = []
    private var numbers: UInt64 = 0
    /// Fork servers that were to be replaced in a row, without a worker of theirs having been ready.
    private var endedServers = 0
    private var isRestartScheduled = false
    private var failedStarts = 0
    /// The newest worker there was when a failed start was counted.
    private var countedFailure: UInt64 = 0
    private var isRefillScheduled = false
    /// Whether somebody waits for the pool to serve, and would rather hear that it cannot.
    private(set) var isStarting = false
    private var isStopping = false

    init(configuration: WorkerPoolConfiguration, serverName: String = ForkServerID.usualName) {
        self.configuration = configuration
        self.serverName = serverName
    }

    // MARK: Fork servers

    /// Starts the first fork server for somebody who waits until it serves: should none come to that, trying again would
    /// not help, and the pool ends.
    mutating func startRequested() -> [Action] {
        self.isStarting = true
        return self.serverWanted()
    }

    /// Nobody waits any more.
    mutating func startResolved() {
        self.isStarting = false
    }

    /// Starts the first fork server, and tries again should it fail.
    mutating func serverWanted() -> [Action] {
        self.startServer(self.configuration)
    }

    /// Starts a fork server that is to take the place of the one that serves, if it comes to serve itself.
    mutating func reloadRequested(_ configuration: WorkerPoolConfiguration) -> [Action] {
        if !self.hasServed { self.configuration = configuration }
        return self.startServer(configuration)
    }

    private mutating func startServer(_ configuration: WorkerPoolConfiguration) -> [Action] {
        guard !self.isStopping else { return [] }
        let superseded = self.successor
        self.numbers += 1
        let id = ForkServerID(self.numbers, of: self.serverName)
        self.servers[id] = Server(configuration: configuration)
        self.successor = id
        // Long enough for packages from a cold disk: only what hangs takes longer.
        return (superseded.map { [.stopServer($0)] } ?? []) + [.startServer(id, configuration, within: .seconds(120))]
    }

    mutating func serverReady(_ id: ForkServerID) -> [Action] {
        guard id == self.successor, let server = self.servers[id], !self.isStopping else { return [] }
        self.configuration = server.configuration
        self.hasServed = true
        let predecessor = self.current
        self.successor = nil
        self.current = id
        return (predecessor.map { self.retire($0) } ?? []) + self.refill()
    }

    /// The time for a start is over.
    mutating func serverOverdue(_ id: ForkServerID) -> [Action] {
        guard id == self.successor else { return [] }
        return [.abandonServer(id)] + (self.current == nil ? self.failWaiting() : [])
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
    mutating func serverEnded(_ id: ForkServerID, _ reason: WorkerPoolError) -> [Action] {
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
        if self.isStarting, self.current == nil, self.successor == nil {
            return actions + self.startFailed(reason) + self.stopRequested()
        }
        // What a reload brought need not be there; what serves goes on.
        guard self.needsServer else { return actions }
        self.endedServers += 1
        if self.current == nil, self.endedServers >= self.hopelessAfter { actions += self.failWaiting() }
        guard !self.isRestartScheduled else { return actions }
        self.isRestartScheduled = true
        // None at first, then doubling up to five seconds.
        let delay: Duration = .milliseconds(self.endedServers == 1 ? 0 : 50 << min(self.endedServers - 1, 10))
        return actions + [.scheduleServerRestart(min(delay, .seconds(5)))]
    }

    mutating func serverRestartDue() -> [Action] {
        self.isRestartScheduled = false
        return self.needsServer ? self.startServer(self.configuration) : []
    }

    /// Whether there is none that serves, or it has forked enough, and none is on its way.
    private var needsServer: Bool {
        guard self.successor == nil else { return false }
        guard let server = self.current.flatMap({ self.servers[$0] }) else { return true }
        return server.forks >= server.configuration.forksPerServer
    }

    private mutating func startFailed(_ reason: WorkerPoolError) -> [Action] {
        guard self.isStarting else { return [] }
        self.isStarting = false
        return [.startFailed(reason)]
    }

    private mutating func failWaiting() -> [Action] {
        defer { self.waiting = [] }
        return self.waiting.map {
            .fail(
                $0,
                TaskFailure(
                    .workerDied,
                    message: "no worker could be started",
                    hint: "the log of the service says why"
                )
            )
        }
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
        // The replacement is asked for a little later, off this task's path.
        return [.assign(worker, pending)] + self.refillLater(.milliseconds(10))
    }

    private mutating func refillLater(_ delay: Duration) -> [Action] {
        guard !self.isRefillScheduled else { return [] }
        self.isRefillScheduled = true
        return [.scheduleRefill(delay)]
    }

    mutating func refillDue() -> [Action] {
        self.isRefillScheduled = false
        return self.refill()
    }

    /// Forks what is missing between the workers at hand and those that are wanted.
    private mutating func refill() -> [Action] {
        guard let current = self.current, !self.isStopping else { return [] }
        let wanted = self.configuration.warmWorkers + self.waiting.count
        let starting = self.starting(on: current)
        var actions: [Action] = []
        for _ in 0..<max(0, min(wanted - self.warm.count, self.maximumStarting) - starting) {
            self.numbers += 1
            let worker = WorkerID(number: self.numbers)
            self.workers[worker] = Worker(server: current, state: .starting)
            self.servers[current]?.forks += 1
            actions.append(.fork(worker, current))
        }
        // After a failure the next one waits for its time.
        guard self.needsServer, !self.isRestartScheduled else { return actions }
        return actions + self.startServer(self.configuration)
    }

    private func starting(on server: ForkServerID) -> Int {
        self.workers.values.count {
            guard case .starting = $0.state else { return false }
            return $0.server == server
        }
    }

    /// Stops a task wherever it is.
    mutating func stopRequested(_ id: TaskID, for reason: StopReason) -> [Action] {
        if let index = self.waiting.firstIndex(where: { $0.id == id }) {
            return [self.failStopped(self.waiting.remove(at: index))]
        }
        for (workerID, worker) in self.workers {
            if case .busy(var pending) = worker.state, pending.id == id {
                pending.isStopped = true
                self.workers[workerID]?.state = .busy(pending)
                return [.stopTask(workerID, reason)]
            }
        }
        return []
    }

    private func failStopped(_ pending: Pending) -> Action {
        .fail(pending, TaskFailure(.cancelled, message: "the task was cancelled before it began"))
    }

    // MARK: Workers

    mutating func workerReady(_ id: WorkerID) -> [Action] {
        guard let worker = self.workers[id], case .starting = worker.state else { return [.discard(id)] }
        self.failedStarts = 0
        if self.servers[worker.server]?.isProven == false {
            self.servers[worker.server]?.isProven = true
            self.endedServers = 0
        }
        guard self.servers[worker.server]?.isRetiring == false else {
            self.workers[id] = nil
            return [.discard(id)] + self.stopIfUnused(worker.server)
        }
        // As many as may be were being started: there may be more to start.
        let isHeldBack = self.starting(on: worker.server) == self.maximumStarting
        var actions: [Action] = []
        if self.waiting.isEmpty {
            self.workers[id]?.state = .warm
            self.warm.append(id)
        } else {
            let pending = self.waiting.removeFirst()
            self.workers[id]?.state = .busy(pending)
            actions.append(.assign(id, pending))
        }
        return actions + (isHeldBack ? self.refill() : [])
    }

    /// A worker's task has its outcome.
    mutating func workerFinished(_ id: WorkerID) -> [Action] {
        guard let worker = self.workers.removeValue(forKey: id) else { return [] }
        // Who has just been answered may be waiting for this very processor, and would wait for the fork as well. So while
        // half of the workers are there, the refill that is scheduled is soon enough.
        let isEnough = self.isRefillScheduled && self.warm.count * 2 >= self.configuration.warmWorkers
        return self.stopIfUnused(worker.server) + (isEnough ? [] : self.refill())
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
        return actions + self.workerFailed(id)
    }

    /// Workers that cannot start would otherwise be forked for ever, and their tasks wait for ever.
    private mutating func workerFailed(_ id: WorkerID) -> [Action] {
        // Workers that were being started together fail together, when their fork server dies: that counts once. The word
        // of its death comes over another socket, so nothing is asked of it for a moment.
        if id.number > self.countedFailure {
            self.failedStarts += 1
            self.countedFailure = self.numbers
        }
        let failed = self.failedStarts >= 3 ? self.failWaiting() : []
        return failed + self.refillLater(.milliseconds(self.failedStarts >= 3 ? 200 : 10))
    }

    /// A worker died with a task that had not begun: another one gets it, once.
    mutating func workerLostTask(_ id: WorkerID, _ failure: TaskFailure) -> [Action] {
        guard let worker = self.workers.removeValue(forKey: id) else { return [] }
        guard case .busy(var pending) = worker.state else { preconditionFailure("\(id) lost a task it did not have") }
        let actions = self.stopIfUnused(worker.server)
        guard !pending.isStopped else { return actions + [self.failStopped(pending)] + self.refill() }
        guard !pending.isRetry else { return actions + [.fail(pending, failure)] + self.refill() }
        pending.isRetry = true
        return actions + self.place(pending)
    }

    // MARK: The end

    /// Stops every fork server; tasks that still run die with them.
    mutating func stopRequested() -> [Action] {
        self.isStopping = true
        var failed = self.startFailed(.worker("the service is stopping"))
        failed += self.waiting.map { .fail($0, TaskFailure(.cancelled, message: "the service is stopping")) }
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
