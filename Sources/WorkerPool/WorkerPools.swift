public import Logging
public import NIOCore
public import Sandbox
import Synchronization
public import Tasks

/// A pool for every task, and where packages are imported ahead a second one for the tasks that use them: forking a
/// process that has, say, pandas takes several times as long, and the others should not pay for that.
public final class WorkerPools: TaskExecutor {
    private struct State {
        var packages: WorkerPool?
        /// What goes to the second pool.
        var hint = PackageHint([])
    }

    private let plain: WorkerPool
    private let makePackages: @Sendable (WorkerPoolConfiguration) -> WorkerPool
    private let state = Mutex(State())

    /// - Parameters:
    ///   - configuration: What to start.
    ///   - division: Where fork servers get control groups of their own, or why they get none.
    ///   - eventLoopGroup: The loops that workers' sockets are read on.
    ///   - logger: Where news of fork servers and workers goes.
    public init(
        configuration: WorkerPoolConfiguration,
        division: Result<CgroupDivision, CgroupAbsence>,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger
    ) {
        let make: @Sendable (WorkerPoolConfiguration, String?) -> WorkerPool = { configuration, serverName in
            WorkerPool(
                configuration: configuration,
                serverName: serverName,
                division: division,
                eventLoopGroup: eventLoopGroup,
                logger: logger
            )
        }
        self.plain = make(configuration.withoutPackages, nil)
        self.makePackages = { make($0, "packages-fs") }
        _ = self.usePackages(of: configuration)
    }

    // MARK: Life

    /// Starts the pools and returns when a made-up task has run through a real worker of each.
    ///
    /// - Throws: ``WorkerPoolError`` when one of them cannot serve; trying again would not help.
    public func start() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for pool in self.pools { group.addTask { try await pool.start() } }
            try await group.waitForAll()
        }
    }

    /// Puts a new configuration in force, as ``WorkerPool/reload(_:)`` does.
    public func reload(_ configuration: WorkerPoolConfiguration) {
        self.plain.reload(configuration.withoutPackages)
        self.usePackages(of: configuration)?.begin()
    }

    /// Ends every fork server, and with it every worker, and does not wait for it. Whoever waits for the start hears of it.
    public func beginStopping() {
        for pool in self.pools { pool.beginStopping() }
    }

    /// The same, and returns when they are gone.
    public func stop() async {
        await withTaskGroup(of: Void.self) { group in
            for pool in self.pools { group.addTask { await pool.stop() } }
        }
    }

    /// The pools at this moment, as one.
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
        }
    }

    // MARK: Tasks

    public func execute(_ assignment: TaskAssignment, observer: any TaskObserver) {
        self.pool(for: assignment.request).execute(assignment, observer: observer)
    }

    public func stop(_ id: TaskID, for reason: StopReason) {
        // Whichever has it.
        for pool in self.pools { pool.stop(id, for: reason) }
    }

    private func pool(for request: TaskRequest) -> WorkerPool {
        // What a check needs is the code alone.
        guard request.purpose == .run else { return self.plain }
        let (packages, hint) = self.state.withLock { ($0.packages, $0.hint) }
        guard let packages, hint.matches(request.code) else { return self.plain }
        return packages
    }

    private var pools: [WorkerPool] {
        [self.plain] + (self.state.withLock(\.packages).map { [$0] } ?? [])
    }

    /// Sees to the second pool. Once there it stays, without warm workers while nothing needs it.
    ///
    /// - Returns: The pool, if it is new.
    private func usePackages(of configuration: WorkerPoolConfiguration) -> WorkerPool? {
        let hint = PackageHint(configuration.preload.packageNames)
        var configuration = hint.isEmpty ? configuration.withoutPackages : configuration
        if hint.isEmpty { configuration.warmWorkers = 0 }
        let (pool, isNew) = self.state.withLock { state in
            state.hint = hint
            if let pool = state.packages { return (pool as WorkerPool?, false) }
            guard !hint.isEmpty else { return (nil, false) }
            state.packages = self.makePackages(configuration)
            return (state.packages, true)
        }
        if !isNew { pool?.reload(configuration) }
        return isNew ? pool : nil
    }
}
