public import Linux
public import Logging
public import NIOCore
import NIOPosix
public import Sandbox
import Synchronization
public import Tasks
import Wire

/// Runs each task in a process of its own: keeps confined workers forked and warm, assigns tasks to them, watches them
/// and ends them. ``PoolStateMachine`` makes the decisions; this type carries out its actions. Callable from any
/// thread; never blocks.
///
/// `WorkerPool+Start.swift` starts the pool, `WorkerPool+ForkServers.swift` starts fork servers and handles their
/// events, and `WorkerPool+Workers.swift` starts workers and handles theirs.
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
        var start = StartState()
        /// The report of the last fork server that became ready; nil before the first one.
        var report: ForkServerReport?
        var reloads = ReloadWaiters()
        var stopWaiters: [CheckedContinuation<Void, Never>] = []
        var isStopped = false
        var socketFailures = LogPace()
        var channelFailures = LogPace()
        var forkFailures = LogPace()
        /// Totals since the pool was made.
        var forks = 0
        var forkServerStarts = 0
        var workerCPU = Duration.zero
    }

    let eventLoopGroup: any EventLoopGroup
    let logger: Logger
    let division: Result<CgroupDivision, CgroupAbsence>
    /// Checks large JSON of workers.
    let work: WorkQueue
    let state: Mutex<State>

    /// - Parameters:
    ///   - configuration: What to start.
    ///   - serverPrefix: The prefix of the names of its fork servers, unique within the service; nil for
    ///     ``ForkServerID/defaultPrefix``.
    ///   - division: Makes the control groups of fork servers, or says why they get none.
    ///   - eventLoopGroup: The event loops for the workers' sockets.
    ///   - logger: The log for events of fork servers and workers.
    ///   - work: Checks results that would keep an event loop from its other connections.
    public init(
        configuration: WorkerPoolConfiguration,
        serverPrefix: String? = nil,
        division: Result<CgroupDivision, CgroupAbsence>,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger,
        work: WorkQueue = WorkQueue()
    ) {
        self.division = division
        self.work = work
        self.eventLoopGroup = eventLoopGroup
        self.logger = logger
        let prefix = serverPrefix ?? ForkServerID.defaultPrefix
        self.state = Mutex(State(machine: Machine(configuration: configuration, serverPrefix: prefix)))
    }

    // MARK: Configuration and end

    /// Applies a new configuration: starts a fork server with it, which replaces the serving one when it is ready.
    /// Running tasks are not affected. If the new fork server fails, the old configuration stays in force, and the
    /// reason is logged. If it fails because the machine is short of threads, processes, memory or descriptors, it is
    /// started again later.
    ///
    /// - Parameters:
    ///   - configuration: The new configuration.
    ///   - ended: Called once, on any thread: with nil when a fork server with the configuration serves, else with the
    ///     reason why none ever will.
    public func reload(
        _ configuration: WorkerPoolConfiguration,
        ended: @escaping @Sendable (WorkerPoolError?) -> Void = { _ in }
    ) {
        self.perform { $0.machine.reload(configuration, as: $0.reloads.add(ended)) }
    }

    /// Ends every fork server and all workers, and returns when they are gone.
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

    /// Begins to end every fork server, and returns at once.
    func beginStopping() {
        self.perform { $0.machine.stop() }
    }

    /// The present state of the pool.
    public func status() -> PoolStatus {
        self.state.withLock { state in
            var status = state.machine.counts()
            status.isReady = state.start.isReady && state.machine.isServing
            status.pythonVersion = state.report?.pythonVersion
            status.layers = state.report?.layers ?? []
            status.forks = state.forks
            status.forkServerStarts = state.forkServerStarts
            status.workerCPU = state.workerCPU
            return status
        }
    }

    // MARK: Tasks

    public func execute(_ assignment: TaskAssignment, observer: any TaskObserver) {
        // A worker whose socket is on the caller's event loop saves two hops between threads.
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
        self.perform { $0.machine.stopTask(id, for: reason) }
    }

    public func resources(of ids: [TaskID]) -> [TaskID: TaskResources] {
        let processes = self.state.withLock { state in
            state.machine.workers(of: Set(ids)).compactMap { task, worker in
                state.processes.process(of: worker).map { (task, $0) }
            }
        }
        return processes.reduce(into: [:]) { resources, entry in
            guard let usage = entry.1.usage() else { return }
            resources[entry.0] = TaskResources(cpu: usage.cpu, residentBytes: usage.residentBytes)
        }
    }

    // MARK: Effects

    /// Gets actions from the machine under the lock, and carries them out after the lock is released.
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
        case .reloadEnded(let reload, let error): self.state.withLock { $0.reloads.remove(reload) }?(error)
        case .scheduleServerRestart(let delay):
            self.schedule(in: delay) { $0.machine.serverRestartDue() }
        case .stopServer(let id): self.state.withLock { $0.links[id] }?.stop()
        case .worker(let action): self.run(action)
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

    private func run(_ action: WorkerAction<Job>) {
        switch action {
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
        case .scheduleRefill(let delay):
            self.schedule(in: delay) { $0.machine.refillDue() }
        }
    }

    func schedule(in delay: Duration, _ body: @escaping @Sendable (inout State) -> [Machine.Action]) {
        self.eventLoopGroup.any().scheduleTask(in: TimeAmount(delay)) { self.perform(body) }
    }

    private func connection(_ id: WorkerID) -> WorkerConnection? {
        self.state.withLock { $0.connections[id] }
    }

    /// Logs a failure that recurs while its cause lasts, at most once a second.
    func logFailure(_ message: Logger.Message, _ error: SystemError, _ pace: WritableKeyPath<State, LogPace>) {
        guard let suppressed = self.state.withLock({ $0[keyPath: pace].admit(at: .now) }) else { return }
        self.logger.error(
            message,
            metadata: ["error": "\(error.descriptionWithRemedy)", "lines.suppressed": .stringConvertible(suppressed)]
        )
    }
}
