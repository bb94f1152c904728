import Linux
public import Logging
public import NIOCore
import NIOPosix
public import Sandbox
import Synchronization
public import Tasks
import Wire

/// Runs every task in a process of its own: keeps workers forked, confined and waiting, hands them tasks, watches them
/// and ends them.
public final class WorkerPool: TaskExecutor {
    struct Job: Sendable {
        let assignment: TaskAssignment
        let observer: any TaskObserver
    }

    typealias Machine = PoolStateMachine<Job>

    struct State {
        var machine: Machine
        var links: [ForkServerID: ForkServerLink] = [:]
        var connections: [WorkerID: WorkerConnection] = [:]
        var processes = WorkerProcessTable()
        var report: ForkServerReport?
        /// Whether a made-up task has run, or nobody asked for that.
        var isReady = false
        var isProving = false
        var startWaiters: [CheckedContinuation<Void, any Error>] = []
        var startError: WorkerPoolError?
        var stopWaiters: [CheckedContinuation<Void, Never>] = []
        var floorWaiters: [ForkServerID: [CheckedContinuation<FloorReport, any Error>]] = [:]
        var isStopped = false
        /// Since the pool began.
        var forks = 0
        var forkServerStarts = 0
    }

    let eventLoopGroup: any EventLoopGroup
    let logger: Logger
    let division: Result<CgroupDivision, CgroupAbsence>
    let state: Mutex<State>

    /// - Parameters:
    ///   - configuration: What to start.
    ///   - serverName: What the names of its fork servers begin with, which no other pool of the service has; nil where there
    ///     is one pool.
    ///   - division: Where fork servers get control groups of their own, or why they get none.
    ///   - eventLoopGroup: The loops that workers' sockets are read on.
    ///   - logger: Where news of fork servers and workers goes.
    public init(
        configuration: WorkerPoolConfiguration,
        serverName: String? = nil,
        division: Result<CgroupDivision, CgroupAbsence>,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger
    ) {
        self.division = division
        self.eventLoopGroup = eventLoopGroup
        self.logger = logger
        self.state = Mutex(
            State(
                machine: Machine(
                    configuration: configuration,
                    serverName: serverName ?? ForkServerID.usualName
                )
            )
        )
    }

    // MARK: Life

    /// Starts the fork server and returns when a made-up task has run through a real worker.
    ///
    /// - Throws: ``WorkerPoolError`` when no fork server comes to serve; trying again would not help, and the pool is
    ///   stopped.
    public func start() async throws {
        self.perform { $0.machine.startRequested() }
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let result: Swift.Result<Void, any Error>? = self.state.withLock { state in
                if let error = state.startError { return .failure(error) }
                guard !state.isReady else { return .success(()) }
                state.startWaiters.append(continuation)
                return nil
            }
            if let result {
                continuation.resume(with: result)
            }
        }
    }

    /// Starts the fork server and does not wait for it: tasks do. Should it fail, there will be another.
    func begin() {
        self.perform { state in
            state.isReady = true
            return state.machine.serverWanted()
        }
    }

    /// Puts a new configuration in force for every task that starts from when its fork server serves; tasks that run go on
    /// as they are. Should the new fork server fail, everything stays as it was, and the log says so.
    public func reload(_ configuration: WorkerPoolConfiguration) {
        self.perform { $0.machine.reloadRequested(configuration) }
    }

    /// Ends every fork server, and with it every worker, and returns when they are gone.
    public func stop() async {
        self.beginStopping()
        await withCheckedContinuation { continuation in
            let isStopped = self.state.withLock { state in
                guard !state.isStopped else { return true }
                state.stopWaiters.append(continuation)
                return false
            }
            if isStopped { continuation.resume() }
        }
    }

    /// Has every fork server end, and does not wait for it.
    func beginStopping() {
        self.perform { $0.machine.stopRequested() }
    }

    /// The pool at this moment.
    public func status() -> PoolStatus {
        self.state.withLock { state in
            var status = state.machine.counts()
            status.isReady = state.isReady && state.machine.isServing
            status.pythonVersion = state.report?.pythonVersion
            status.layers = state.report?.layers ?? []
            status.forks = state.forks
            status.forkServerStarts = state.forkServerStarts
            return status
        }
    }

    // MARK: Tasks

    public func execute(_ assignment: TaskAssignment, observer: any TaskObserver) {
        // A worker on the loop that the task comes from spares two hops between threads, there and back.
        let loop = MultiThreadedEventLoopGroup.currentEventLoop
        self.perform { state in
            let connections = state.connections
            return state.machine.submitted(
                assignment.id,
                Job(assignment: assignment, observer: observer),
                preferring: { id in loop.map { connections[id]?.eventLoop === $0 } ?? true }
            )
        }
    }

    public func stop(_ id: TaskID, for reason: StopReason) {
        self.perform { $0.machine.stopRequested(id, for: reason) }
    }

    // MARK: Effects

    /// Takes actions out under the lock and does them after it.
    func perform(_ body: (inout State) -> [Machine.Action]) {
        let actions = self.state.withLock { body(&$0) }
        for action in actions {
            self.run(action)
        }
    }

    private func run(_ action: Machine.Action) {
        switch action {
        case .startServer(let id, let configuration, let limit): self.startServer(id, configuration, within: limit)
        case .abandonServer(let id): self.state.withLock { $0.links[id] }?.abandon()
        case .startFailed(let error): self.resolveStart(error)
        case .scheduleServerRestart(let delay):
            self.schedule(in: delay) { $0.machine.serverRestartDue() }
        case .scheduleRefill(let delay):
            self.schedule(in: delay) { $0.machine.refillDue() }
        case .stopServer(let id): self.state.withLock { $0.links[id] }?.stop()
        case .fork(let worker, let server): self.fork(worker, on: server)
        case .assign(let worker, let pending):
            guard let connection = self.connection(worker) else {
                let failure = TaskFailure(.workerDied, message: "the worker died before the task began")
                return self.workerLostTask(worker, failure)
            }
            connection.assign(pending.job.assignment, observer: pending.job.observer)
        case .stopTask(let worker, let reason): self.connection(worker)?.stopTask(for: reason)
        case .discard(let worker): self.signalWorker(worker, .kill)
        case .orphan(let worker): self.connection(worker)?.processExited(nil)
        case .fail(let pending, let failure):
            pending.job.observer.taskFinished(TaskOutcome(result: .failure(failure)), pending.id)
        case .stopped:
            let waiters = self.state.withLock { state in
                state.isStopped = true
                defer { state.stopWaiters = [] }
                return state.stopWaiters
            }
            for waiter in waiters {
                waiter.resume()
            }
        }
    }

    private func schedule(in delay: Duration, _ body: @escaping @Sendable (inout State) -> [Machine.Action]) {
        self.eventLoopGroup.any().scheduleTask(in: TimeAmount(delay)) { self.perform(body) }
    }

    private func connection(_ id: WorkerID) -> WorkerConnection? {
        self.state.withLock { $0.connections[id] }
    }

    private func startServer(
        _ id: ForkServerID,
        _ configuration: WorkerPoolConfiguration,
        within limit: Duration
    ) {
        let link = ForkServerLink(id: id, configuration: configuration, delegate: self)
        self.state.withLock { state in
            state.links[id] = link
            state.forkServerStarts += 1
        }
        link.start(in: try? self.division.get())
        self.schedule(in: limit) { $0.machine.serverOverdue(id) }
    }

    private func fork(_ id: WorkerID, on server: ForkServerID) {
        do {
            let pair = try SocketPair.stream()
            guard let link = self.state.withLock({ $0.links[server] }) else { return self.forget(id) }
            let connection = WorkerConnection(
                id: id,
                // The loop of the worker that this one replaces, so that every loop keeps workers of its own.
                eventLoop: self.eventLoopGroup.any(),
                limits: link.configuration.worker.limits,
                delegate: self
            )
            self.state.withLock { state in
                state.connections[id] = connection
                state.processes.requested(id, on: server)
            }
            guard link.fork(id, socket: pair.theirs) else { return self.forget(id) }
            ClientBootstrap(group: connection.eventLoop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(connection)
                    }
                }
                .withConnectedSocket(pair.ours.release())
                .whenFailure { error in
                    self.logger.error("no channel for a worker", metadata: ["error": "\(error)"])
                    self.forget(id)
                }
        } catch {
            self.logger.error("no socket for a worker", metadata: ["error": "\(error)"])
            self.forget(id)
        }
    }

    func forget(_ id: WorkerID) {
        self.perform { state in
            state.connections[id] = nil
            return state.machine.workerGone(id)
        }
    }

    /// A made-up task has run, or there will be nothing to run it.
    func resolveStart(_ error: WorkerPoolError?) {
        let waiters = self.state.withLock { state in
            state.startError = error
            state.isReady = state.isReady || error == nil
            state.machine.startResolved()
            defer { state.startWaiters = [] }
            return state.startWaiters
        }
        for waiter in waiters {
            if let error {
                waiter.resume(throwing: error)
            } else {
                waiter.resume()
            }
        }
    }
}
