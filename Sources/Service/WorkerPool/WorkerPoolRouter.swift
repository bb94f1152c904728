public import Logging
public import NIOCore
public import Sandbox
import Synchronization
public import Tasks

/// Routes tasks to one of two pools. If packages are preloaded, tasks that import packages get a second pool: forking a
/// process that has imported pandas takes several times as long, and other tasks should not have to wait for that.
/// Callable from any thread; never blocks.
public final class WorkerPoolRouter: TaskExecutor {
    private struct State {
        var packages: WorkerPool?
        /// Matches the tasks for the second pool.
        var hint = PackageHint([])
        /// The configuration that both pools had at the start or at the last reload that succeeded in both.
        var inForce: WorkerPoolConfiguration
    }

    private let plain: WorkerPool
    private let makePackages: @Sendable (WorkerPoolConfiguration) -> WorkerPool
    private let state: Mutex<State>

    /// - Parameters:
    ///   - configuration: What to start.
    ///   - division: Makes the control groups of fork servers, or says why they get none.
    ///   - eventLoopGroup: The event loops for the workers' sockets.
    ///   - logger: The log for events of fork servers and workers.
    public init(
        configuration: WorkerPoolConfiguration,
        division: Result<CgroupDivision, CgroupAbsence>,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger
    ) {
        let make: @Sendable (WorkerPoolConfiguration, String?) -> WorkerPool = { configuration, serverPrefix in
            WorkerPool(
                configuration: configuration,
                serverPrefix: serverPrefix,
                division: division,
                eventLoopGroup: eventLoopGroup,
                logger: logger
            )
        }
        self.plain = make(configuration.withoutPackages, nil)
        self.makePackages = { make($0, "packages-fs") }
        self.state = Mutex(State(inForce: configuration))
        _ = self.packages(of: configuration)
    }

    // MARK: Life

    /// Starts the pools and returns when a worker of each pool has run a readiness task.
    ///
    /// - Throws: ``WorkerPoolError`` when a pool does not start.
    public func start() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for pool in self.pools { group.addTask { try await pool.start() } }
            try await group.waitForAll()
        }
    }

    /// Applies a new configuration, as ``WorkerPool/reload(_:ended:)`` does. The reload succeeds if it succeeds in both
    /// pools; if it fails in one pool, the other one goes back to the old configuration.
    public func reload(
        _ configuration: WorkerPoolConfiguration,
        ended: @escaping @Sendable (WorkerPoolError?) -> Void = { _ in }
    ) {
        let packages = self.packages(of: configuration)
        let parts = ReloadParts(count: packages == nil ? 1 : 2) { [self] error, isPartial in
            if error == nil {
                self.state.withLock { $0.inForce = configuration }
            } else if isPartial, error != .superseded, error != .stopping {
                // The reload succeeded in one pool and failed in the other one: both get the old configuration again.
                return self.reload(self.state.withLock(\.inForce)) { _ in ended(error) }
            }
            ended(error)
        }
        self.plain.reload(configuration.withoutPackages, ended: parts.ended)
        guard let packages else { return }
        if packages.isNew {
            packages.pool.startInBackground(ended: parts.ended)
        } else {
            packages.pool.reload(packages.configuration, ended: parts.ended)
        }
    }

    /// Begins to end every fork server, and returns at once. A caller that waits for the pools to become ready gets an
    /// error.
    public func beginStopping() {
        for pool in self.pools { pool.beginStopping() }
    }

    /// Ends every fork server and all workers, and returns when they are gone.
    public func stop() async {
        await withTaskGroup(of: Void.self) { group in
            for pool in self.pools { group.addTask { await pool.stop() } }
        }
    }

    /// The present state of both pools, added up.
    public func status() -> PoolStatus {
        self.pools.dropFirst().reduce(into: self.plain.status()) { status, pool in
            let other = pool.status()
            status.isReady = status.isReady && other.isReady
            status.warmWorkers += other.warmWorkers
            status.startingWorkers += other.startingWorkers
            status.runningWorkers += other.runningWorkers
            status.forkServers += other.forkServers
            status.forks += other.forks
            status.forkServerStarts += other.forkServerStarts
            // Adds layers that only the workers for tasks with packages have, such as the temporary folder.
            let known = Set(status.layers.map(\.name))
            status.layers += other.layers.filter { !known.contains($0.name) }
            status.workerCPU += other.workerCPU
        }
    }

    // MARK: Tasks

    public func execute(_ assignment: TaskAssignment, observer: any TaskObserver) {
        self.pool(for: assignment.task).execute(assignment, observer: observer)
    }

    public func stop(_ id: TaskID, for reason: StopReason) {
        // The pool that does not have the task ignores the call.
        for pool in self.pools { pool.stop(id, for: reason) }
    }

    public func resources(of ids: [TaskID]) -> [TaskID: TaskResources] {
        self.pools.reduce(into: [:]) { $0.merge($1.resources(of: ids)) { first, _ in first } }
    }

    private func pool(for task: PythonTask) -> WorkerPool {
        // A check does not run the code, and needs no package.
        guard task.purpose == .run else { return self.plain }
        let (packages, hint) = self.state.withLock { ($0.packages, $0.hint) }
        guard let packages, hint.matches(task.code) else { return self.plain }
        return packages
    }

    private var pools: [WorkerPool] {
        [self.plain] + (self.state.withLock(\.packages).map { [$0] } ?? [])
    }

    /// The pool for tasks with packages, and its part of `configuration`; nil as long as no configuration has preloaded
    /// packages. The pool is never removed: under a configuration without preloaded packages it keeps no warm workers.
    private func packages(of configuration: WorkerPoolConfiguration) -> Packages? {
        let hint = PackageHint(configuration.preload.packageNames)
        var configuration = hint.isEmpty ? configuration.withoutPackages : configuration.withPackages
        if hint.isEmpty { configuration.warmWorkers = 0 }
        return self.state.withLock { state in
            state.hint = hint
            if let pool = state.packages { return Packages(pool: pool, configuration: configuration, isNew: false) }
            guard !hint.isEmpty else { return nil }
            let pool = self.makePackages(configuration)
            state.packages = pool
            return Packages(pool: pool, configuration: configuration, isNew: true)
        }
    }

    private struct Packages {
        let pool: WorkerPool
        let configuration: WorkerPoolConfiguration
        /// Whether the pool was made by this call, so that it must be started instead of reloaded.
        let isNew: Bool
    }
}
