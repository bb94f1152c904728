import Dispatcher
import Glibc
import HTTPAPI
import Logging
import N8NBridge
import Settings
import Tasks
import WorkerPool

/// The configuration of every component, derived from one set of settings. ``ServiceAssembly`` makes it at start, and
/// ``ServiceReload`` makes a new one for each reload. Components do not access the settings themselves.
struct ServiceConfiguration: Sendable {
    let settings: ServiceSettings
    let workerPool: WorkerPoolConfiguration
    let dispatcher: DispatcherConfiguration
    let memory: MemoryAccount.Limits
    let httpServer: HTTPServerSettings
    /// Nil when no token is set, which disables the bridge.
    let bridge: BridgeConfiguration?
    let logLevel: Logger.Level

    /// - Parameters:
    ///   - settings: The settings in force.
    ///   - environment: The environment variables of the service, some of which are passed on to workers.
    ///   - workerProgram: The worker's program; nil looks for it beside this program.
    /// - Throws: ``ServiceStartError`` when a program or user that the settings name does not exist, a token cannot be
    ///   sent, or settings contradict each other.
    init(
        _ settings: ServiceSettings,
        environment: [String: String],
        workerProgram: String? = nil
    ) throws(ServiceStartError) {
        self.settings = settings
        self.workerPool = try WorkerPoolConfiguration(settings, environment: environment, program: workerProgram)
        self.dispatcher = DispatcherConfiguration(settings)
        self.memory = try MemoryAccount.Limits(settings)
        self.httpServer = HTTPServerSettings(settings)
        do {
            // n8n's tasks have no Unix peer of their own: they count as tasks of the service's own user.
            self.bridge = try BridgeConfiguration(settings, peer: Peer(uid: geteuid(), isPrivileged: true))
        } catch {
            throw ServiceStartError(exit: .badConfiguration, message: error.description)
        }
        self.logLevel = Logger.Level(settings.logLevel)
    }

    /// Whether the configuration of `consumer` is the same in `self` and `other`: a reload then skips that component.
    func isSame(as other: ServiceConfiguration, for consumer: SettingConsumer) -> Bool {
        switch consumer {
        case .dispatcher: self.dispatcher == other.dispatcher
        case .memory: self.memory == other.memory
        case .httpServer: self.httpServer == other.httpServer
        case .bridge: self.bridge == other.bridge
        case .log: self.logLevel == other.logLevel
        case .workers:
            self.workerPool.worker == other.workerPool.worker
                && self.workerPool.temporaryFolder == other.workerPool.temporaryFolder
        }
    }
}
