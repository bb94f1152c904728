import Broker
import Dispatcher
import N8NBridge
import Synchronization
import Tasks
import WorkerPool

/// What front ends may show of the service.
final class ServiceState: ServiceReporting {
    private struct State {
        var settings: Settings
        var isDraining = false
        var server: HTTPServer?
        var bridge: TaskBrokerBridge?
    }

    private let pool: WorkerPools
    private let dispatcher: TaskDispatcher
    private let metrics: ServiceMetrics
    private let state: Mutex<State>

    init(settings: Settings, pool: WorkerPools, dispatcher: TaskDispatcher, metrics: ServiceMetrics) {
        self.pool = pool
        self.dispatcher = dispatcher
        self.metrics = metrics
        self.state = Mutex(State(settings: settings))
    }

    /// The settings in force.
    var settings: Settings {
        get { self.state.withLock(\.settings) }
        set { self.state.withLock { $0.settings = newValue } }
    }

    /// Where more of the metrics comes from. The front ends need this object first, so they come second.
    func attach(server: HTTPServer?, bridge: TaskBrokerBridge?) {
        self.state.withLock { state in
            state.server = server
            state.bridge = bridge
        }
    }

    /// From now on the service says that it takes no tasks.
    func beginDraining() {
        self.state.withLock { $0.isDraining = true }
    }

    func serviceInfo() -> ServiceInfo {
        let settings = self.settings
        return ServiceInfo(
            version: ServiceRun.version,
            policy: settings.policy,
            limits: settings.limits,
            maximumConcurrency: settings.maximumConcurrency,
            maximumPayload: settings.maximumPayload,
            taskTimeout: settings.taskTimeout,
            queueLimit: settings.queueLimit,
            sandbox: settings.sandbox,
            pool: self.pool.status()
        )
    }

    func isReady() -> Bool {
        !self.state.withLock(\.isDraining) && self.pool.status().isReady
    }

    func metricsPage() -> String {
        let (server, bridge) = self.state.withLock { ($0.server, $0.bridge) }
        return MetricsPage(
            counts: self.metrics.snapshot,
            pool: self.pool.status(),
            load: self.dispatcher.load,
            traffic: server?.traffic ?? (0, 0),
            connections: server?.openConnections ?? 0,
            bridge: bridge?.status,
            version: ServiceRun.version,
            isReady: self.isReady()
        )
        .text
    }
}
