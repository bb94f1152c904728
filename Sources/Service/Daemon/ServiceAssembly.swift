import Linux
import Logging
import Sandbox
import ServiceLifecycle
import Settings
import Tasks

/// The composition root: makes every component of one service and adds them to a service group. `terrarium serve` makes one
/// assembly, and each command that runs an embedded service makes one.
struct ServiceAssembly: Sendable {
    struct Options {
        /// Whether this process is the service, rather than a command that embeds it. If so, the assembly handles signals
        /// and notifies the service manager.
        var isWholeProcess: Bool
        var configurationFile: String?
        var environment: [String: String]
        /// What the settings were read from; nil where no operator asks for that.
        var loaded: LoadedSettings?
    }

    let group: ServiceGroup
    private let socketFile: SocketFile?
    private let audit: AuditLog?

    /// Opens the front ends and connects the components; nothing runs before `run`.
    ///
    /// - Throws: ``ServiceStartError`` when the settings, the machine or another running service prevent a start.
    init(_ settings: ServiceSettings, options: Options, log: StandardErrorLog) throws(ServiceStartError) {
        let logger = log.logger(label: "terrarium")
        let manager = ServiceManagerNotifier(
            notifier: options.isWholeProcess ? ServiceNotifier.fromEnvironment() : nil,
            logger: logger
        )
        let configuration = try ServiceConfiguration(settings, environment: options.environment)
        let core = try ServiceCore(
            configuration,
            division: options.isWholeProcess ? CgroupDivision.attempt() : .failure(.embedded),
            log: log,
            logger: logger
        )
        let frontEnds = try FrontEnds(configuration, core: core, environment: options.environment, logger: logger)
        if let loaded = options.loaded { core.state.setOrigins(loaded) }
        core.state.attach(server: frontEnds.server, bridge: frontEnds.bridge)
        let socketFile = frontEnds.socketFile
        self.socketFile = socketFile
        self.audit = core.audit

        // Services start in this order and stop in the reverse order: `DrainService` stops first, `PoolService` after all
        // services that submit tasks.
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = []
        let shutdown = ShutdownTrigger()
        if options.isWholeProcess {
            let reload = ServiceReload(
                file: options.configurationFile,
                environment: options.environment,
                core: core,
                server: frontEnds.server,
                bridge: frontEnds.bridge,
                manager: manager,
                log: log,
                logger: logger
            )
            core.state.attach(reload: reload)
            let signals = SignalService(
                reload: reload,
                logger: logger,
                shutDown: { await shutdown.shutDown() },
                cleanUp: {
                    socketFile?.remove()
                    core.audit?.flush()
                    log.flush()
                }
            )
            services.append(.init(service: signals))
            if let interval = manager.notifier?.watchdogInterval {
                let watchdog = WatchdogService(
                    manager: manager,
                    interval: interval,
                    eventLoopGroup: core.eventLoopGroup
                )
                services.append(.init(service: watchdog))
            }
        }
        services.append(.init(service: PoolService(core: core, manager: manager, logger: logger)))
        services += frontEnds.services.map { .init(service: $0) }
        if settings.autoShutdownTimeout > .zero {
            let autoShutdown = AutoShutdownService(
                core: core,
                bridge: frontEnds.bridge,
                timeout: settings.autoShutdownTimeout,
                logger: logger
            )
            services.append(.init(service: autoShutdown, successTerminationBehavior: .gracefullyShutdownGroup))
        }
        let drain = DrainService(
            core: core,
            bridge: frontEnds.bridge,
            manager: manager,
            grace: settings.gracefulShutdownTimeout,
            logger: logger
        )
        services.append(.init(service: drain))
        // The service group's log lines about its own steps do not help an operator.
        var quiet = Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() }
        quiet.logLevel = .critical
        self.group = ServiceGroup(configuration: .init(services: services, logger: quiet))
        shutdown.group = self.group
        Self.logStart(configuration, frontEnds, logger)
    }

    /// Runs the service until it is stopped, then removes its socket file.
    ///
    /// - Throws: ``ServiceStartError`` when a service cannot start or ends with an error.
    func run() async throws {
        defer {
            self.socketFile?.remove()
            self.audit?.flush()
        }
        try await self.group.run()
    }

    /// Logs one line with the version, the front ends, and what tasks may do under the settings in force.
    private static func logStart(_ configuration: ServiceConfiguration, _ frontEnds: FrontEnds, _ logger: Logger) {
        let settings = configuration.settings
        func list(_ names: [String]) -> String { names.isEmpty ? "nothing" : names.joined(separator: ",") }
        let socket = frontEnds.server == nil ? "none" : frontEnds.socketFile?.path ?? "inherited"
        logger.notice(
            "starting",
            metadata: [
                "version": "\(ProductVersion.current)", "socket": "\(socket)",
                "n8n_broker": "\(frontEnds.bridge == nil ? "none" : settings.taskBrokerURI)",
                "stdlib_allow": "\(list(settings.standardLibraryAllow))",
                "external_allow": "\(list(settings.externalAllow))",
                "builtins_deny": "\(list(settings.builtinsDeny))",
                "concurrency": .stringConvertible(settings.maximumConcurrency), "sandbox": "\(settings.sandbox.name)",
                "policy": "\(PolicyRevision.text(settings))",
            ]
        )
    }
}
