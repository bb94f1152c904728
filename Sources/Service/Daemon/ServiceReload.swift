import Dispatcher
import HTTPAPI
import Logging
import N8NBridge
import Settings
import Tasks
import WorkerPool

/// Reloads the configuration while the service runs: reads the file again and applies the new configuration to each
/// component. ``SignalService`` calls it on SIGHUP, one reload at a time.
final class ServiceReload: Sendable {
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

    /// Reads the file again and applies the settings that take effect on reload. If the file has an error, nothing changes,
    /// and the error is logged.
    func run() {
        do {
            let loaded = try ConfigurationSources.load(file: self.file, environment: self.environment)
            let fromFile = try self.file.map { try ConfigurationSources.load(file: $0, environment: [:]) }
            let plan = ReloadPlan(loaded, file: fromFile, inForce: self.core.state.configuration.settings)
            let configuration = try ServiceConfiguration(plan.settings, environment: self.environment)
            self.apply(configuration)
            self.report(plan)
            loaded.logWarnings(to: self.logger)
        } catch {
            self.core.metrics.configurationReloaded(accepted: false)
            let reason = (error as? ServiceStartError)?.message ?? "\(error)"
            self.logger.error(
                "configuration not reloaded; the old one stays in force",
                metadata: ["reason": "\(reason)"]
            )
        }
    }

    /// Applies the new configuration to each component whose part of it changed. Unchanged components are skipped, because
    /// for example a new fork server costs up to seconds of processor time.
    private func apply(_ configuration: ServiceConfiguration) {
        let old = self.core.state.configuration
        self.core.state.configuration = configuration
        for consumer in SettingConsumer.allCases where !configuration.isSame(as: old, for: consumer) {
            self.apply(configuration, to: consumer)
        }
        self.core.audit?.policyChanged(to: PolicyRevision.text(configuration.settings))
        self.core.metrics.configurationReloaded(accepted: true)
    }

    private func apply(_ configuration: ServiceConfiguration, to consumer: SettingConsumer) {
        switch consumer {
        case .dispatcher: self.core.dispatcher.setTaskTimeout(configuration.dispatcher.taskTimeout)
        case .memory: self.core.memory.apply(configuration.memory)
        case .httpServer: self.server?.apply(configuration.httpServer)
        case .bridge:
            guard let configuration = configuration.bridge else { return }
            self.bridge?.setMaximumPayload(configuration.maximumPayload)
        case .log: self.log.level = configuration.logLevel
        case .workers: self.core.pool.reload(configuration.workerPool)
        }
    }

    private func report(_ plan: ReloadPlan) {
        self.logger.notice(
            "configuration reloaded",
            metadata: [
                "changed": "\(plan.applied.isEmpty ? "nothing" : plan.applied.joined(separator: ","))",
                "policy": "\(PolicyRevision.text(plan.settings))",
            ]
        )
        if !plan.pending.isEmpty {
            self.logger.warning(
                "these changes wait for a restart",
                metadata: ["settings": "\(plan.pending.joined(separator: ","))"]
            )
        }
        if !plan.overriding.isEmpty {
            self.logger.warning(
                "the environment overrides the file",
                metadata: ["settings": "\(plan.overriding.joined(separator: ","))"]
            )
        }
    }
}
