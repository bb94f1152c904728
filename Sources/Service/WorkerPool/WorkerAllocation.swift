import DequeModule
import Tasks

/// Decides how many workers are kept warm and which task goes to which worker. Pure: events go in, actions come out.
///
/// Owned by ``PoolStateMachine``, which tells it from which fork server workers may be forked and which ones have
/// ended.
struct WorkerAllocation<Job: Sendable>: Sendable {
    typealias Pending = PendingTask<Job>

    enum Action: Sendable {
        case worker(WorkerAction<Job>)
        case workerBecameReady(on: ForkServerID)
        /// A fork server that no longer serves has no worker left.
        case serverUnused(ForkServerID)
    }

    private enum Phase: Sendable {
        case starting
        case warm
        case busy(Pending)
    }

    private struct Worker: Sendable {
        let server: ForkServerID
        var phase: Phase
    }

    /// Where new workers come from.
    private enum Source: Sendable {
        case unavailable
        case forkServer(ForkServerID, warmWorkers: Int)
        case stopped

        var server: ForkServerID? {
            if case .forkServer(let id, _) = self { id } else { nil }
        }
    }

    /// The largest number of workers of a fork server that start at the same time. Each start costs a message in each
    /// direction. Neither side reads while its own write blocks, so all messages on their way have to fit into the
    /// socket buffers.
    private static var maximumStarting: Int { 64 }
    /// The time between the assignment of a task and the refill, so that the fork does not delay the task.
    private static var refillDelay: Duration { .milliseconds(10) }

    private var source = Source.unavailable
    private var workers: [WorkerID: Worker] = [:]
    /// The idle workers, in the order in which they became ready. Assigned LIFO: the newest worker has the warmest
    /// caches.
    private var warm: [WorkerID] = []
    private var waiting = Deque<Pending>()
    private var lastNumber: UInt64 = 0
    private var startFailures = WorkerStartFailures()
    private var isRefillScheduled = false

    // MARK: Fork servers

    /// Forks from this fork server from now on. Warm workers of all other fork servers are discarded; busy workers
    /// finish their task.
    mutating func serve(on server: ForkServerID, warmWorkers: Int) -> [Action] {
        let predecessor = self.source.server
        self.source = .forkServer(server, warmWorkers: warmWorkers)
        let outdated = self.warm.filter { self.workers[$0]?.server != server }
        self.warm.removeAll { outdated.contains($0) }
        for worker in outdated { self.workers[worker] = nil }
        let unused = predecessor.map { self.unusedServer($0) } ?? []
        return outdated.map { .worker(.discard($0)) } + unused + self.refill()
    }

    /// A fork server is gone, and all of its workers with it.
    mutating func serverEnded(_ server: ForkServerID) -> [Action] {
        if server == self.source.server { self.source = .unavailable }
        return self.workers.filter { $0.value.server == server }.map { id, worker in
            // A busy worker stays until its connection reports the end of the task.
            if case .busy = worker.phase { return .worker(.orphan(id)) }
            self.warm.removeAll { $0 == id }
            self.workers[id] = nil
            return .worker(.orphan(id))
        }
    }

    private func unusedServer(_ server: ForkServerID) -> [Action] {
        guard server != self.source.server, !self.workers.values.contains(where: { $0.server == server }) else {
            return []
        }
        return [.serverUnused(server)]
    }

    // MARK: Tasks

    /// Assigns a new task to the newest preferred warm worker, or else to the newest warm worker. Without a warm worker
    /// the task waits.
    mutating func submitted(
        _ pending: Pending,
        preferring isPreferred: (WorkerID) -> Bool = { _ in true }
    ) -> [Action] {
        if case .stopped = self.source { return [.worker(.fail(pending, Self.stopping))] }
        guard let newest = self.warm.indices.last else {
            self.waiting.append(pending)
            return self.refill()
        }
        let worker = self.warm.remove(at: self.warm.lastIndex(where: isPreferred) ?? newest)
        self.workers[worker]?.phase = .busy(pending)
        return [.worker(.assign(worker, pending))] + self.refillLater(Self.refillDelay)
    }

    /// The workers that run these tasks.
    func workers(of ids: Set<TaskID>) -> [(task: TaskID, worker: WorkerID)] {
        self.workers.compactMap { id, worker in
            if case .busy(let pending) = worker.phase, ids.contains(pending.id) { (pending.id, id) } else { nil }
        }
    }

    /// Stops a task, whether it waits or runs.
    mutating func stopTask(_ id: TaskID, for reason: StopReason) -> [Action] {
        if let index = self.waiting.firstIndex(where: { $0.id == id }) {
            return [.worker(.fail(self.waiting.remove(at: index), Self.cancelled))]
        }
        for (workerID, worker) in self.workers {
            if case .busy(var pending) = worker.phase, pending.id == id {
                pending.isStopped = true
                self.workers[workerID]?.phase = .busy(pending)
                return [.worker(.stopTask(workerID, reason))]
            }
        }
        return []
    }

    /// Fails all waiting tasks because no worker can be started.
    mutating func failWaiting() -> [Action] {
        self.failWaiting(
            with: TaskFailure(
                .workerDied,
                message: "no worker could be started",
                hint: "the log of the service says why"
            )
        )
    }

    /// Fails all waiting tasks and every task that comes later.
    mutating func stop() -> [Action] {
        self.source = .stopped
        return self.failWaiting(with: Self.stopping)
    }

    private mutating func failWaiting(with failure: TaskFailure) -> [Action] {
        defer { self.waiting = [] }
        return self.waiting.map { .worker(.fail($0, failure)) }
    }

    private static var stopping: TaskFailure { TaskFailure(.cancelled, message: "the service is stopping") }
    private static var cancelled: TaskFailure {
        TaskFailure(.cancelled, message: "the task was cancelled before it began")
    }

    // MARK: Workers

    mutating func workerReady(_ id: WorkerID) -> [Action] {
        guard let worker = self.workers[id] else { return [.worker(.discard(id))] }
        // A second report changes nothing: the worker waits for a task or has one.
        guard case .starting = worker.phase else { return [] }
        self.startFailures.workerBecameReady()
        let ready = Action.workerBecameReady(on: worker.server)
        guard worker.server == self.source.server else {
            self.workers[id] = nil
            return [ready, .worker(.discard(id))] + self.unusedServer(worker.server)
        }
        // While the maximum number of workers was starting, forks of further workers may have been held back.
        let isHeldBack = self.startingWorkers(on: worker.server) == Self.maximumStarting
        var actions = [ready]
        if let pending = self.waiting.popFirst() {
            self.workers[id]?.phase = .busy(pending)
            actions.append(.worker(.assign(id, pending)))
        } else {
            self.workers[id]?.phase = .warm
            self.warm.append(id)
        }
        return actions + (isHeldBack ? self.refill() : [])
    }

    /// The task of a worker has an outcome.
    mutating func workerFinished(_ id: WorkerID) -> [Action] {
        guard let worker = self.workers[id] else { return [] }
        self.remove(id)
        return self.unusedServer(worker.server) + (self.canRefillWait ? [] : self.refill())
    }

    /// Whether the scheduled refill is soon enough, so that no worker has to be forked now. The client that was just
    /// answered may need this processor, and a fork would delay it. So the fork waits while at least half of the warm
    /// workers are left.
    private var canRefillWait: Bool {
        guard case .forkServer(_, let warmWorkers) = self.source else { return false }
        return self.isRefillScheduled && self.warm.count * 2 >= warmWorkers
    }

    /// A worker ended, or is being killed, and never had a task.
    mutating func workerGone(_ id: WorkerID, at now: ContinuousClock.Instant) -> [Action] {
        guard let worker = self.workers[id] else { return [] }
        switch worker.phase {
        case .busy:
            // An assignment is on its way to the worker: the connection will report that task as lost.
            return []
        case .warm:
            self.remove(id)
            return self.unusedServer(worker.server) + self.refill()
        case .starting:
            self.remove(id)
            self.startFailures.workerFailed(id, newest: self.lastNumber, at: now)
            let failed = self.startFailures.isExhausted ? self.failWaiting() : []
            return self.unusedServer(worker.server) + failed + self.refillLater(self.startFailures.delay)
        }
    }

    private mutating func remove(_ id: WorkerID) {
        self.workers[id] = nil
        self.warm.removeAll { $0 == id }
    }

    /// A worker died before it began its task: the task is given to another worker, once.
    mutating func workerLostTask(_ id: WorkerID, _ failure: TaskFailure) -> [Action] {
        guard let worker = self.workers[id] else { return [] }
        self.remove(id)
        let unused = self.unusedServer(worker.server)
        guard case .busy(var pending) = worker.phase else { return unused + self.refill() }
        guard !pending.isStopped else { return unused + [.worker(.fail(pending, Self.cancelled))] + self.refill() }
        guard !pending.isRetry else { return unused + [.worker(.fail(pending, failure))] + self.refill() }
        pending.isRetry = true
        return unused + self.submitted(pending)
    }

    // MARK: Refills

    private mutating func refillLater(_ delay: Duration) -> [Action] {
        guard !self.isRefillScheduled else { return [] }
        self.isRefillScheduled = true
        return [.worker(.scheduleRefill(delay))]
    }

    mutating func refillDue() -> [Action] {
        self.isRefillScheduled = false
        return self.refill()
    }

    /// Forks the workers that are missing: one for each waiting task, and the configured number of warm workers.
    private mutating func refill() -> [Action] {
        guard case .forkServer(let server, let warmWorkers) = self.source else { return [] }
        let wanted = min(warmWorkers + self.waiting.count - self.warm.count, Self.maximumStarting)
        return (0..<max(0, wanted - self.startingWorkers(on: server))).map { _ in
            self.lastNumber += 1
            let id = WorkerID(number: self.lastNumber)
            self.workers[id] = Worker(server: server, phase: .starting)
            return .worker(.fork(id, server))
        }
    }

    private func startingWorkers(on server: ForkServerID) -> Int {
        self.workers.values.count {
            guard case .starting = $0.phase else { return false }
            return $0.server == server
        }
    }

    /// The number of workers in each phase.
    func counts() -> (starting: Int, warm: Int, busy: Int) {
        self.workers.values.reduce(into: (starting: 0, warm: 0, busy: 0)) { counts, worker in
            switch worker.phase {
            case .starting: counts.starting += 1
            case .warm: counts.warm += 1
            case .busy: counts.busy += 1
            }
        }
    }
}
