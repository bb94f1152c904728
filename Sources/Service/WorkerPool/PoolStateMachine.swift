import Tasks

/// Makes the decisions of one pool: with ``ForkServerSupervisor`` for its fork servers, and with ``WorkerAllocation``
/// for its workers and tasks. Pure; owned by ``WorkerPool``, which calls it under a lock and carries out the actions
/// after the lock is released.
///
/// An action of one part that concerns the other part is passed on to it. The actions for the pool are returned.
struct PoolStateMachine<Job: Sendable>: Sendable {
    typealias Pending = PendingTask<Job>

    enum Action: Sendable {
        /// Start this fork server, and call ``serverOverdue(_:)`` after this time.
        case startServer(ForkServerID, WorkerPoolConfiguration, within: Duration)
        /// Kill this fork server: it has not become ready in time.
        case abandonServer(ForkServerID)
        /// Close the control socket of this fork server: it exits, and its workers exit with it.
        case stopServer(ForkServerID)
        /// Call ``serverRestartDue()`` after this time.
        case scheduleServerRestart(Duration)
        /// Report to the caller that waits for the first start; the pool stops.
        case startFailed(WorkerPoolError)
        /// A reload has ended: its configuration serves, or it failed for this reason.
        case reloadEnded(ReloadID, WorkerPoolError?)
        case worker(WorkerAction<Job>)
        /// The last fork server has ended.
        case stopped
    }

    private var servers: ForkServerSupervisor
    private var workers = WorkerAllocation<Job>()

    init(configuration: WorkerPoolConfiguration, serverPrefix: String = ForkServerID.defaultPrefix) {
        self.servers = ForkServerSupervisor(configuration: configuration, prefix: serverPrefix)
    }

    // MARK: Fork servers

    mutating func startAwaited() -> [Action] { self.actions(self.servers.startAwaited()) }
    mutating func startResolved() { self.servers.startResolved() }
    mutating func startUnawaited(for reload: ReloadID? = nil) -> [Action] {
        self.actions(self.servers.startUnawaited(for: reload))
    }
    mutating func reload(_ configuration: WorkerPoolConfiguration, as reload: ReloadID? = nil) -> [Action] {
        self.actions(self.servers.reload(configuration, as: reload))
    }
    mutating func serverReady(_ id: ForkServerID) -> [Action] { self.actions(self.servers.ready(id)) }
    mutating func serverOverdue(_ id: ForkServerID) -> [Action] { self.actions(self.servers.overdue(id)) }
    mutating func serverRestartDue() -> [Action] { self.actions(self.servers.restartDue()) }

    mutating func imported(_ modules: [String]) { self.servers.imported(modules) }

    mutating func serverEnded(_ id: ForkServerID, _ reason: WorkerPoolError) -> [Action] {
        self.actions(self.workers.serverEnded(id)) + self.actions(self.servers.ended(id, reason))
    }

    /// Stops every fork server. Tasks that still run end with them.
    mutating func stop() -> [Action] { self.actions(self.servers.stop()) }

    // MARK: Tasks and workers

    /// A task was submitted. A preferred warm worker gets it, if there is one.
    mutating func submitted(
        _ id: TaskID,
        _ job: Job,
        preferring isPreferred: (WorkerID) -> Bool = { _ in true }
    ) -> [Action] {
        self.actions(self.workers.submitted(Pending(id: id, job: job), preferring: isPreferred))
    }

    mutating func stopTask(_ id: TaskID, for reason: StopReason) -> [Action] {
        self.actions(self.workers.stopTask(id, for: reason))
    }
    mutating func workerReady(_ id: WorkerID) -> [Action] { self.actions(self.workers.workerReady(id)) }
    mutating func workerFinished(_ id: WorkerID) -> [Action] { self.actions(self.workers.workerFinished(id)) }
    mutating func workerGone(_ id: WorkerID, at now: ContinuousClock.Instant) -> [Action] {
        self.actions(self.workers.workerGone(id, at: now))
    }
    mutating func workerLostTask(_ id: WorkerID, _ failure: TaskFailure) -> [Action] {
        self.actions(self.workers.workerLostTask(id, failure))
    }
    mutating func refillDue() -> [Action] { self.actions(self.workers.refillDue()) }

    // MARK: Actions that are passed between the parts

    private mutating func actions(_ actions: [ForkServerSupervisor.Action]) -> [Action] {
        actions.flatMap { action -> [Action] in
            switch action {
            case .start(let id, let configuration, let limit): [.startServer(id, configuration, within: limit)]
            case .abandon(let id): [.abandonServer(id)]
            case .stop(let id): [.stopServer(id)]
            case .scheduleRestart(let delay): [.scheduleServerRestart(delay)]
            case .startFailed(let error): [.startFailed(error)]
            case .reloadEnded(let reload, let error): [.reloadEnded(reload, error)]
            case .stopped: [.stopped]
            case .serve(let id, let warmWorkers):
                self.actions(self.workers.serve(on: id, warmWorkers: warmWorkers))
            case .failWaitingTasks: self.actions(self.workers.failWaiting())
            case .stopWorkers: self.actions(self.workers.stop())
            }
        }
    }

    private mutating func actions(_ actions: [WorkerAllocation<Job>.Action]) -> [Action] {
        actions.flatMap { action -> [Action] in
            switch action {
            case .worker(.fork(let worker, let server)):
                return [.worker(.fork(worker, server))] + self.actions(self.servers.workerForked())
            case .worker(let action): return [.worker(action)]
            case .serverUnused(let id): return self.actions(self.servers.unused(id))
            case .workerBecameReady(let id):
                self.servers.workerBecameReady(on: id)
                return []
            }
        }
    }

    // MARK: Status

    /// The workers that run these tasks.
    func workers(of ids: Set<TaskID>) -> [(task: TaskID, worker: WorkerID)] { self.workers.workers(of: ids) }

    var isServing: Bool { self.servers.isServing }
    /// Whether a caller waits for the first start.
    var isAwaitingStart: Bool { self.servers.isAwaitingStart }

    /// The numbers for `/v1/info` and metrics.
    func counts() -> PoolStatus {
        let workers = self.workers.counts()
        return PoolStatus(
            warmWorkers: workers.warm,
            startingWorkers: workers.starting,
            runningWorkers: workers.busy,
            forkServers: self.servers.count
        )
    }
}
