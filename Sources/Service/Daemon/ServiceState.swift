import Dispatcher
import HTTPAPI
import N8NBridge
import Settings
import Synchronization
import Tasks
import WorkerPool

/// The service's state for its front ends: configuration in force, readiness, and the data for the metrics page.
/// Thread-safe.
final class ServiceState: ServiceReporting {
    private struct State {
        var configuration: ServiceConfiguration
        /// Where the value of each setting in force came from, by its variable; the default for those without an entry.
        var origins: [String: String] = [:]
        var isDraining = false
        var server: HTTPServer?
        var bridge: TaskBrokerBridge?
        var reload: ServiceReload?
    }

    private let pool: WorkerPoolRouter
    private let dispatcher: TaskDispatcher
    private let metrics: ServiceMetrics
    private let history: TaskHistory
    private let log: StandardErrorLog
    private let audit: AuditLog?
    private let startedAt = ContinuousClock.now
    private let startTime = ProcessFigures.now
    private let state: Mutex<State>

    init(
        configuration: ServiceConfiguration,
        pool: WorkerPoolRouter,
        dispatcher: TaskDispatcher,
        metrics: ServiceMetrics,
        history: TaskHistory,
        log: StandardErrorLog,
        audit: AuditLog?
    ) {
        self.pool = pool
        self.dispatcher = dispatcher
        self.metrics = metrics
        self.history = history
        self.log = log
        self.audit = audit
        self.state = Mutex(State(configuration: configuration))
    }

    /// The configuration in force.
    var configuration: ServiceConfiguration {
        get { self.state.withLock(\.configuration) }
        set { self.state.withLock { $0.configuration = newValue } }
    }

    /// Adds the front ends, whose counters are part of the metrics. They are created after this object, because their
    /// initializers take it.
    func attach(server: HTTPServer?, bridge: TaskBrokerBridge?) {
        self.state.withLock { state in
            state.server = server
            state.bridge = bridge
        }
    }

    /// Adds the object that reloads the configuration. A service inside a command has none.
    func attach(reload: ServiceReload) {
        self.state.withLock { $0.reload = reload }
    }

    func reload(ended: @escaping @Sendable (Result<ReloadReport, ReloadFailure>) -> Void) {
        guard let reload = self.state.withLock(\.reload) else {
            return ended(.failure(ReloadFailure(reason: "this service is part of a command and reads no file")))
        }
        reload.request(ended)
    }

    /// The packages that were installed for another Python than that of the workers, which is known once the pool has started.
    func foreignPackageFaults() -> [String] {
        guard let version = self.pool.status().pythonVersion else { return [] }
        return PackageFolders(folders: self.configuration.settings.sitePackages).foreignFaults(version: version)
    }

    /// Makes `isReady` return false from now on, and ends the wait of callers that requested a reload.
    func beginDraining() {
        let reload = self.state.withLock { state in
            state.isDraining = true
            return state.reload
        }
        reload?.stopWaiting()
    }

    /// Keeps where values came from.
    ///
    /// - Parameters:
    ///   - loaded: The settings that were read.
    ///   - pending: The variables of settings whose value in force is not the one that was read.
    func setOrigins(_ loaded: LoadedSettings, except pending: [String] = []) {
        self.state.withLock { state in
            for setting in Setting.all where !pending.contains(setting.variable) {
                state.origins[setting.variable] = loaded.origin(of: setting).description
            }
        }
    }

    func settings() -> [SettingInForce] {
        let (settings, origins) = self.state.withLock { ($0.configuration.settings, $0.origins) }
        return Setting.all.map { setting in
            SettingInForce(
                variable: setting.variable,
                value: setting.text(in: settings),
                origin: origins[setting.variable] ?? SettingOrigin.byDefault.description
            )
        }
    }

    func serviceInfo() -> ServiceInfo {
        let settings = self.configuration.settings
        return ServiceInfo(
            version: ProductVersion.current,
            policy: settings.policy,
            policyRevision: PolicyRevision.text(settings),
            limits: settings.limits,
            maximumConcurrency: settings.maximumConcurrency,
            maximumConcurrencyPerUser: self.configuration.dispatcher.maximumConcurrencyPerUser,
            ratePerUser: settings.ratePerUser,
            maximumPayload: settings.maximumPayload,
            taskTimeout: settings.taskTimeout,
            queueLimit: settings.queueLimit,
            sandbox: settings.sandbox,
            pool: self.pool.status(),
            load: self.load()
        )
    }

    private func load() -> ServiceLoad {
        let load = self.dispatcher.load
        let bridge = self.state.withLock(\.bridge)?.status
        return ServiceLoad(
            isReady: self.isReady(),
            uptime: .now - self.startedAt,
            running: load.running,
            waiting: load.waiting,
            taskBroker: bridge.map {
                .init(isConnected: $0.isConnected, isRegistered: $0.isRegistered, tasks: $0.tasks)
            }
        )
    }

    func history(visibleTo peer: Peer, _ query: HistoryQuery) -> HistoryPage {
        self.history.page(visibleTo: peer, query)
    }

    func isReady() -> Bool {
        !self.state.withLock(\.isDraining) && self.pool.status().isReady
    }

    func metricsPage(for peer: Peer) -> String {
        let configuration = self.configuration
        let (server, bridge) = self.state.withLock { ($0.server, $0.bridge) }
        return MetricsPage(
            counts: self.metrics.snapshot,
            pool: self.pool.status(),
            load: self.dispatcher.load,
            traffic: server?.traffic ?? (0, 0),
            connections: server?.openConnections ?? 0,
            bridge: bridge?.status,
            droppedLogLines: self.log.droppedLines + (self.audit?.droppedLines ?? 0),
            version: ProductVersion.current,
            isReady: self.isReady(),
            limits: LimitFigures(
                configuration.settings,
                memory: configuration.memory,
                connections: configuration.httpServer.maximumConnections
            ),
            process: ProcessFigures(startedAt: self.startTime),
            showsUsers: peer.isPrivileged
        )
        .text
    }
}
