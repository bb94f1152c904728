import Broker
import Dispatcher
import Glibc
import Linux
import Logging
import N8NBridge
import NIOCore
import NIOPosix
import Sandbox
import ServiceLifecycle
import Tasks
import WorkerPool

/// All parts of one service, joined: the only place that knows each of them.
struct ServiceAssembly: Sendable {
    /// How this service differs from another in the same program.
    struct Options {
        /// Whether this process is the service, so that signals and the service manager mean it.
        var isWholeProcess: Bool
        var configurationFile: String?
        var environment: [String: String]
    }

    let group: ServiceGroup
    private let socketFile: SocketFile?

    /// Opens the ways in and joins the parts; nothing runs yet.
    ///
    /// - Throws: ``ServiceStartError`` when the settings, the machine or another service stand in the way.
    init(_ settings: Settings, options: Options, log: StandardErrorLog) throws(ServiceStartError) {
        let logger = log.logger(label: "terrarium")
        let manager = ManagerLink(
            notifier: options.isWholeProcess ? ServiceNotifier.fromEnvironment() : nil,
            logger: logger
        )
        let configuration = try WorkerPoolConfiguration(settings, environment: options.environment)
        let core = ServiceCore(
            settings,
            pool: configuration,
            division: options.isWholeProcess ? CgroupDivision.attempt() : .failure(.embedded),
            logger: logger
        )
        let frontEnds = try FrontEnds(settings, core: core, environment: options.environment, logger: logger)
        core.state.attach(server: frontEnds.server, bridge: frontEnds.bridge)
        let socketFile = frontEnds.socketFile
        self.socketFile = socketFile

        // Started in this order, stopped in the reverse: draining comes first, and the pool goes when nobody needs it.
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = []
        let stopper = GroupStopper()
        if options.isWholeProcess {
            let reload = ServiceReload(
                file: options.configurationFile,
                environment: options.environment,
                core: core,
                server: frontEnds.server,
                bridge: frontEnds.bridge,
                log: log,
                logger: logger
            )
            let signals = SignalService(
                reload: reload,
                manager: manager,
                logger: logger,
                stop: { await stopper.stop() },
                cleanUp: { socketFile?.remove() }
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
            let idle = IdleService(
                core: core,
                bridge: frontEnds.bridge,
                limit: settings.autoShutdownTimeout,
                logger: logger
            )
            services.append(.init(service: idle, successTerminationBehavior: .gracefullyShutdownGroup))
        }
        let drain = DrainService(
            core: core,
            bridge: frontEnds.bridge,
            manager: manager,
            grace: settings.gracefulShutdownTimeout,
            logger: logger
        )
        services.append(.init(service: drain))
        // What the group says of its own steps is for nobody who runs the service.
        var quiet = Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() }
        quiet.logLevel = .critical
        self.group = ServiceGroup(configuration: .init(services: services, logger: quiet))
        stopper.group = self.group
        Self.announce(settings, frontEnds, logger)
    }

    /// Runs the service until it is told to stop, and takes its socket away.
    ///
    /// - Throws: ``ServiceStartError`` when it cannot serve.
    func run() async throws {
        defer { self.socketFile?.remove() }
        try await self.group.run()
    }

    /// Says in one line what tasks may do, so that nobody has to guess whether a setting was taken.
    private static func announce(_ settings: Settings, _ frontEnds: FrontEnds, _ logger: Logger) {
        func list(_ names: [String]) -> String { names.isEmpty ? "nothing" : names.joined(separator: ",") }
        let socket = frontEnds.server == nil ? "none" : frontEnds.socketFile?.path ?? "inherited"
        logger.notice(
            "starting",
            metadata: [
                "version": "\(ServiceRun.version)", "socket": "\(socket)",
                "n8n_broker": "\(frontEnds.bridge == nil ? "none" : settings.taskBrokerURI)",
                "stdlib_allow": "\(list(settings.standardLibraryAllow))",
                "external_allow": "\(list(settings.externalAllow))",
                "builtins_deny": "\(list(settings.builtinsDeny))",
                "concurrency": "\(settings.maximumConcurrency)", "sandbox": "\(settings.sandbox.name)",
            ]
        )
    }
}

/// What every service has behind its front ends.
struct ServiceCore: Sendable {
    let eventLoopGroup: any EventLoopGroup
    let pool: WorkerPools
    let dispatcher: TaskDispatcher
    let ledger: TaskLedger
    let metrics: ServiceMetrics
    let state: ServiceState

    init(
        _ settings: Settings,
        pool configuration: WorkerPoolConfiguration,
        division: Result<CgroupDivision, CgroupAbsence>,
        logger: Logger
    ) {
        self.eventLoopGroup = MultiThreadedEventLoopGroup.singleton
        self.metrics = ServiceMetrics()
        self.pool = WorkerPools(
            configuration: configuration,
            division: division,
            eventLoopGroup: self.eventLoopGroup,
            logger: logger
        )
        self.dispatcher = TaskDispatcher(
            executor: self.pool,
            configuration: DispatcherConfiguration(
                maximumConcurrency: settings.maximumConcurrency,
                queueLimit: settings.queueLimit,
                // The ledger holds tasks to the configured time, which a reload may change.
                taskTimeout: .seconds(604_800)
            ),
            logger: logger
        )
        self.ledger = TaskLedger(
            dispatcher: self.dispatcher,
            metrics: self.metrics,
            taskTimeout: settings.taskTimeout,
            logger: logger
        )
        self.state = ServiceState(
            settings: settings,
            pool: self.pool,
            dispatcher: self.dispatcher,
            metrics: self.metrics
        )
    }
}

/// The ways in: the socket, n8n's task broker, or both.
struct FrontEnds: Sendable {
    var server: HTTPServer?
    var socketFile: SocketFile?
    var bridge: TaskBrokerBridge?
    /// In the order in which they start.
    var services: [any Service] = []

    /// Opens what the settings ask for.
    ///
    /// - Throws: ``ServiceStartError`` when that cannot be had, or is nothing at all.
    init(
        _ settings: Settings,
        core: ServiceCore,
        environment: [String: String],
        logger: Logger
    ) throws(ServiceStartError) {
        if let socket = try ServiceSocket.open(settings, environment: environment) {
            self.socketFile = socket.path.flatMap(SocketFile.init)
            let server = HTTPServer(
                listener: socket.takeDescriptor(),
                group: core.eventLoopGroup,
                dispatcher: core.ledger,
                reporter: core.state,
                settings: HTTPServerSettings(settings),
                logger: logger
            )
            self.server = server
            self.services.append(server)
        }
        if let bridge = try Self.bridge(settings, core: core, logger: logger) {
            self.bridge = bridge
            self.services.append(BridgeService(bridge: bridge, isOnlyWayIn: self.server == nil, logger: logger))
        }
        guard !self.services.isEmpty else {
            throw ServiceStartError(
                exit: .badConfiguration,
                message: "TERRARIUM_SOCKET=none leaves no way in: set TERRARIUM_GRANT_TOKEN or TERRARIUM_AUTH_TOKEN for"
                    + " n8n's task broker, or have a socket"
            )
        }
        if settings.healthCheckServerEnabled {
            self.services.append(
                HealthCheckServer(
                    host: settings.healthCheckServerHost,
                    port: settings.healthCheckServerPort,
                    group: core.eventLoopGroup,
                    logger: logger
                )
            )
        }
    }

    private static func bridge(
        _ settings: Settings,
        core: ServiceCore,
        logger: Logger
    ) throws(ServiceStartError) -> TaskBrokerBridge? {
        do {
            // A front end without peers of its own: its tasks are the service's.
            let peer = Peer(uid: geteuid(), isPrivileged: true)
            guard let configuration = try BridgeConfiguration(settings, peer: peer) else { return nil }
            return TaskBrokerBridge(
                configuration: configuration,
                dispatcher: core.ledger,
                eventLoopGroup: core.eventLoopGroup,
                logger: logger
            )
        } catch {
            throw ServiceStartError(exit: .badConfiguration, message: error.description)
        }
    }
}
