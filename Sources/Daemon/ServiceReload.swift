import Broker
import Logging
import N8NBridge
import Tasks
import WorkerPool

/// Puts a changed configuration in force while the service runs.
final class ServiceReload: Sendable {
    /// What a reload comes to, before anything is done.
    struct Plan: Equatable {
        /// Settings that take effect now.
        var applied: [String] = []
        /// Settings that changed and wait for a restart.
        var pending: [String] = []
        /// Settings that the file gives and the environment overrides.
        var pinned: [String] = []
        /// The settings from now on.
        var settings: Settings
    }

    private let file: String?
    private let environment: [String: String]
    private let core: ServiceCore
    private let server: HTTPServer?
    private let bridge: TaskBrokerBridge?
    private let log: StandardErrorLog
    private let logger: Logger

    init(
        file: String?,
        environment: [String: String],
        core: ServiceCore,
        server: HTTPServer?,
        bridge: TaskBrokerBridge?,
        log: StandardErrorLog,
        logger: Logger
    ) {
        self.file = file
        self.environment = environment
        self.core = core
        self.server = server
        self.bridge = bridge
        self.log = log
        self.logger = logger
    }

    /// Reads the file again and takes what it can. A bad file changes nothing, and the log says why.
    func run() {
        do {
            let loaded = try ConfigurationSources.load(file: self.file, environment: self.environment)
            let fromFile = try self.file.map { try ConfigurationSources.load(file: $0, environment: [:]) }
            let plan = Self.plan(loaded, fromFile: fromFile, inForce: self.core.state.settings)
            let configuration = try WorkerPoolConfiguration(plan.settings, environment: self.environment)
            self.take(plan, configuration)
            loaded.logWarnings(to: self.logger)
        } catch {
            self.core.metrics.reloaded(false)
            let reason = (error as? ServiceStartError)?.message ?? "\(error)"
            self.logger.error(
                "configuration not reloaded; the old one stays in force",
                metadata: ["reason": "\(reason)"]
            )
        }
    }

    /// Compares what was read with what is in force.
    static func plan(_ loaded: LoadedSettings, fromFile: LoadedSettings?, inForce: Settings) -> Plan {
        var plan = Plan(settings: inForce)
        for setting in Setting.all {
            if let fromFile, fromFile.origin(of: setting) != .byDefault,
                case .environment(let variable) = loaded.origin(of: setting)
            {
                plan.pinned.append(variable)
            }
            guard !setting.isEqual(loaded.settings, inForce) else { continue }
            switch setting.change {
            case .restart: plan.pending.append(setting.variable)
            case .reload:
                plan.applied.append(setting.variable)
                setting.copy(from: loaded.settings, to: &plan.settings)
            }
        }
        return plan
    }

    private func take(_ plan: Plan, _ configuration: WorkerPoolConfiguration) {
        let old = self.core.state.settings
        self.core.state.settings = plan.settings
        self.core.ledger.setTaskTimeout(plan.settings.taskTimeout)
        self.server?.apply(HTTPServerSettings(plan.settings))
        self.bridge?.setMaximumPayload(plan.settings.maximumPayload)
        self.log.level = Logger.Level(plan.settings.logLevel)
        // Fork servers are dear: a new one only for what they are told.
        if (try? WorkerPoolConfiguration(old, environment: self.environment))?.worker != configuration.worker {
            self.core.pool.reload(configuration)
        }
        self.core.metrics.reloaded(true)
        self.logger.notice(
            "configuration reloaded",
            metadata: ["changed": "\(plan.applied.isEmpty ? "nothing" : plan.applied.joined(separator: ","))"]
        )
        if !plan.pending.isEmpty {
            self.logger.warning(
                "these changes wait for a restart",
                metadata: ["settings": "\(plan.pending.joined(separator: ","))"]
            )
        }
        if !plan.pinned.isEmpty {
            self.logger.warning(
                "the environment overrides the file",
                metadata: ["settings": "\(plan.pinned.joined(separator: ","))"]
            )
        }
    }
}
