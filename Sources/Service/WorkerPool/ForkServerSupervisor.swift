import Tasks

/// Decides which fork server serves and when another one is started, replaced or stopped. Pure: events go in, actions
/// come out.
///
/// At most one fork server serves and at most one starts. A fork server that was replaced stays until its last worker
/// is gone. Owned by ``PoolStateMachine``, which passes the actions that concern workers on to ``WorkerAllocation``.
struct ForkServerSupervisor: Sendable {
    enum Action: Sendable {
        /// Start this fork server, and call ``overdue(_:)`` after this time.
        case start(ForkServerID, WorkerPoolConfiguration, within: Duration)
        /// Kill this fork server: it has not become ready in time.
        case abandon(ForkServerID)
        /// Close the control socket of this fork server: it exits, and its workers exit with it.
        case stop(ForkServerID)
        /// Call ``restartDue()`` after this time.
        case scheduleRestart(Duration)
        /// From now on fork workers from this fork server only, and retire the workers of all others.
        case serve(ForkServerID, warmWorkers: Int)
        /// No fork server can be started: do not let tasks wait for one.
        case failWaitingTasks
        /// Report to the caller that waits for the first start; the pool stops.
        case startFailed(WorkerPoolError)
        /// A reload has ended: its configuration serves, or it failed for this reason.
        case reloadEnded(ReloadID, WorkerPoolError?)
        /// The pool stops: fail waiting tasks and accept no more.
        case stopWorkers
        /// The pool has stopped: the last fork server has ended.
        case stopped
    }

    private struct Server: Sendable {
        let id: ForkServerID
        let configuration: WorkerPoolConfiguration
        /// The reload for which it was started; nil if it was started for another reason.
        let reload: ReloadID?
        var forks = 0
        /// Whether a start of another fork server has failed while this one serves. Ready workers of this one then do
        /// not reset the backoff, because they do not show that another fork server can be started.
        var hasFailedSuccessor = false

        /// Fork servers are replaced after a number of forks, because their workers share hash seed and address layout.
        var isWornOut: Bool { self.forks >= self.configuration.forksPerServer }
    }

    /// The fork server that is to serve next.
    private enum Next: Sendable {
        case notNeeded
        case starting(Server)
        /// A restart is scheduled with this configuration. The id names the reload that the restart continues; nil if
        /// it is for no reload.
        case backingOff(WorkerPoolConfiguration, ReloadID?)

        /// The reload that ends when this fork server serves or fails; nil if no reload started it.
        var reload: ReloadID? {
            switch self {
            case .notNeeded: nil
            case .starting(let server): server.reload
            case .backingOff(_, let reload): reload
            }
        }
    }

    private enum Lifecycle: Sendable {
        case running
        /// A caller waits for the first start. A failure ends the pool instead of being retried.
        case awaitingStart
        case stopping
    }

    /// The time in which a fork server must become ready. It is long enough to import packages from a cold disk, so
    /// that only an import that hangs exceeds it.
    static let startLimit = Duration.seconds(120)

    private let prefix: String
    private var lifecycle = Lifecycle.running
    private var serving: Server?
    private var next = Next.notNeeded
    /// Fork servers that were replaced or given up, and whose processes have not ended yet.
    private var leaving: Set<ForkServerID> = []
    /// The configuration for restarts: that of the last fork server that became ready, or, as long as none has, the
    /// newest one.
    private var configuration: WorkerPoolConfiguration
    private var hasServed = false
    private var backoff = ForkServerRestartBackoff()
    private var learned = LearnedModules()
    private var lastNumber: UInt64 = 0

    init(configuration: WorkerPoolConfiguration, prefix: String = ForkServerID.defaultPrefix) {
        self.configuration = configuration
        self.prefix = prefix
    }

    var isServing: Bool { self.serving != nil }
    var isAwaitingStart: Bool { self.lifecycle == .awaitingStart }
    var count: Int { self.servers.count }

    private var servers: [ForkServerID] {
        var servers = Array(self.leaving)
        if case .starting(let server) = self.next { servers.append(server.id) }
        if let server = self.serving { servers.append(server.id) }
        return servers
    }

    // MARK: Starts

    /// Starts the first fork server for a caller that waits for it: if it fails, the pool stops.
    mutating func startAwaited() -> [Action] {
        guard self.lifecycle != .stopping else { return [.startFailed(.stopping)] }
        self.lifecycle = .awaitingStart
        return self.start(self.configuration)
    }

    /// The waiting caller has its answer: from now on failures are retried.
    mutating func startResolved() {
        if self.lifecycle == .awaitingStart { self.lifecycle = .running }
    }

    /// Starts the first fork server without a waiting caller: a start that fails is retried after a delay.
    ///
    /// - Parameter reload: Names the reload that this start ends, as in ``reload(_:as:)``; nil for a start without a reload.
    /// - Returns: The actions.
    mutating func startUnawaited(for reload: ReloadID? = nil) -> [Action] {
        self.start(self.configuration, for: reload)
    }

    /// Starts a fork server with a new configuration. It replaces the serving one when it becomes ready.
    ///
    /// - Parameters:
    ///   - configuration: The new configuration.
    ///   - reload: Names the reload in ``Action/reloadEnded(_:_:)``, which follows once: at another reload, at the end
    ///     of the pool, when the fork server serves, or when it fails for another reason than a shortage.
    /// - Returns: The actions.
    mutating func reload(_ configuration: WorkerPoolConfiguration, as reload: ReloadID? = nil) -> [Action] {
        if !self.hasServed { self.configuration = configuration }
        return self.start(configuration, for: reload)
    }

    private mutating func start(_ configuration: WorkerPoolConfiguration, for reload: ReloadID? = nil) -> [Action] {
        guard self.lifecycle != .stopping else { return Self.ended(reload, .stopping) }
        var actions = Self.ended(self.next.reload, .superseded)
        if case .starting(let superseded) = self.next {
            self.leaving.insert(superseded.id)
            actions.append(.stop(superseded.id))
        }
        self.lastNumber += 1
        let server = Server(
            id: ForkServerID(self.lastNumber, prefix: self.prefix),
            configuration: configuration,
            reload: reload
        )
        self.next = .starting(server)
        return actions + [.start(server.id, configuration, within: Self.startLimit)]
    }

    mutating func ready(_ id: ForkServerID) -> [Action] {
        guard case .starting(let server) = self.next, server.id == id, self.lifecycle != .stopping else { return [] }
        if let predecessor = self.serving { self.leaving.insert(predecessor.id) }
        self.serving = server
        self.next = .notNeeded
        // A restart after a crash goes without learned modules, which may have caused it.
        var configuration = server.configuration
        configuration.worker.learnedModules = []
        if configuration.worker != self.configuration.worker { self.learned = LearnedModules() }
        self.configuration = configuration
        self.hasServed = true
        return [.serve(id, warmWorkers: server.configuration.warmWorkers)] + Self.ended(server.reload, nil)
    }

    /// The time limit for the start of this fork server is over.
    mutating func overdue(_ id: ForkServerID) -> [Action] {
        guard case .starting(let server) = self.next, server.id == id else { return [] }
        return [.abandon(id)] + (self.isServing ? [] : [.failWaitingTasks])
    }

    // MARK: Workers

    /// A worker was requested from the serving fork server.
    mutating func workerForked() -> [Action] {
        self.serving?.forks += 1
        guard self.serving?.isWornOut == true, case .notNeeded = self.next else { return [] }
        var configuration = self.configuration
        configuration.worker.learnedModules = self.learned.modules
        return self.start(configuration)
    }

    /// A task imported modules that the serving fork server has not loaded.
    mutating func imported(_ modules: [String]) {
        guard let server = self.serving else { return }
        self.learned.imported(modules, under: server.configuration)
    }

    mutating func workerBecameReady(on id: ForkServerID) {
        guard let serving = self.serving, serving.id == id, !serving.hasFailedSuccessor else { return }
        self.backoff.workerBecameReady()
    }

    /// The last worker of a fork server that no longer serves is gone.
    mutating func unused(_ id: ForkServerID) -> [Action] {
        self.leaving.contains(id) ? [.stop(id)] : []
    }

    // MARK: Ends

    private static func ended(_ reload: ReloadID?, _ reason: WorkerPoolError?) -> [Action] {
        reload.map { [.reloadEnded($0, reason)] } ?? []
    }

    /// The process of a fork server is gone.
    mutating func ended(_ id: ForkServerID, _ reason: WorkerPoolError) -> [Action] {
        var failedReload: (configuration: WorkerPoolConfiguration, id: ReloadID?)?
        var actions: [Action] = []
        if id == self.serving?.id {
            self.serving = nil
        } else if case .starting(let server) = self.next, server.id == id {
            self.next = .notNeeded
            // After a shortage on the machine the same configuration is tried again, because it may be right. A
            // configuration that fails for any other reason is dropped.
            if case .shortage = reason {
                failedReload = (server.configuration, server.reload)
            } else {
                actions = Self.ended(server.reload, reason)
                if !server.configuration.worker.learnedModules.isEmpty { self.learned.failed() }
            }
        } else {
            self.leaving.remove(id)
            return self.stoppedIfEmpty()
        }
        switch self.lifecycle {
        case .stopping:
            return actions + self.stoppedIfEmpty()
        case .awaitingStart where !self.isServing && !self.isStarting:
            self.lifecycle = .running
            return actions + [.startFailed(reason)] + Self.ended(failedReload?.id, reason) + self.stop()
        case .awaitingStart, .running:
            return actions + self.restart(with: failedReload)
        }
    }

    private var isStarting: Bool {
        if case .starting = self.next { true } else { false }
    }

    /// Schedules a restart if one is needed.
    private mutating func restart(
        with failedReload: (configuration: WorkerPoolConfiguration, id: ReloadID?)?
    ) -> [Action] {
        if self.isStarting { return [] }
        // If the configuration of a reload was dropped, no restart is needed while the old fork server can continue.
        guard failedReload != nil || self.serving?.isWornOut != false else { return [] }
        let delay = self.backoff.serverEnded()
        self.serving?.hasFailedSuccessor = true
        let failed: [Action] = !self.isServing && self.backoff.isExhausted ? [.failWaitingTasks] : []
        if self.isBackingOff { return failed }
        self.next = .backingOff(failedReload?.configuration ?? self.configuration, failedReload?.id)
        return failed + [.scheduleRestart(delay)]
    }

    private var isBackingOff: Bool {
        if case .backingOff = self.next { true } else { false }
    }

    mutating func restartDue() -> [Action] {
        guard case .backingOff(let configuration, let reload) = self.next else { return [] }
        // Without this, `start` would report the reload as superseded, although the restart continues it.
        self.next = .notNeeded
        return self.start(configuration, for: reload)
    }

    /// Stops every fork server. Tasks that still run end with them.
    mutating func stop() -> [Action] {
        let failed: [Action] = self.isAwaitingStart ? [.startFailed(.stopping)] : []
        let reload = Self.ended(self.next.reload, .stopping)
        if case .starting(let server) = self.next {
            self.next = .notNeeded
            self.leaving.insert(server.id)
        }
        self.lifecycle = .stopping
        return failed + reload + [.stopWorkers] + self.servers.map { .stop($0) } + self.stoppedIfEmpty()
    }

    private func stoppedIfEmpty() -> [Action] {
        self.lifecycle == .stopping && self.servers.isEmpty ? [.stopped] : []
    }
}
