import Broker
import Dispatcher
import Linux
import Logging
import NIOCore
import NIOPosix
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

    /// Opens the socket and joins the parts; nothing runs yet.
    ///
    /// - Throws: ``ServiceStartError`` when the settings, the machine or another service stand in the way.
    init(_ settings: Settings, options: Options, log: StandardErrorLog) throws(ServiceStartError) {
        try settings.checkSupport()
        let logger = log.logger(label: "terrarium")
        let manager = ManagerLink(
            notifier: options.isWholeProcess ? ServiceNotifier.fromEnvironment() : nil,
            logger: logger
        )
        let poolConfiguration = try WorkerPoolConfiguration(settings, environment: options.environment)
        let socket = try ServiceSocket.open(settings, environment: options.environment)
        let socketFile = socket.path.flatMap(SocketFile.init)
        self.socketFile = socketFile

        let eventLoopGroup = MultiThreadedEventLoopGroup.singleton
        let metrics = ServiceMetrics()
        let pool = WorkerPool(configuration: poolConfiguration, eventLoopGroup: eventLoopGroup, logger: logger)
        let dispatcher = TaskDispatcher(
            executor: pool,
            configuration: DispatcherConfiguration(
                maximumConcurrency: settings.maximumConcurrency,
                queueLimit: settings.queueLimit,
                // The ledger holds tasks to the configured time, which a reload may change.
                taskTimeout: .seconds(604_800)
            ),
            logger: logger
        )
        let ledger = TaskLedger(
            dispatcher: dispatcher,
            metrics: metrics,
            taskTimeout: settings.taskTimeout,
            logger: logger
        )
        let state = ServiceState(settings: settings, pool: pool, dispatcher: dispatcher, metrics: metrics)
        let server = HTTPServer(
            listener: socket.takeDescriptor(),
            group: eventLoopGroup,
            dispatcher: ledger,
            reporter: state,
            settings: HTTPServerSettings(settings),
            logger: logger
        )
        let reload = ServiceReload(
            file: options.configurationFile,
            environment: options.environment,
            pool: pool,
            ledger: ledger,
            server: server,
            state: state,
            metrics: metrics,
            log: log,
            logger: logger
        )

        // Started in this order, stopped in the reverse: draining comes first, and the pool goes when nobody needs it.
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = []
        let stopper = GroupStopper()
        if options.isWholeProcess {
            let signals = SignalService(
                reload: reload,
                manager: manager,
                logger: logger,
                stop: { await stopper.stop() },
                cleanUp: { socketFile?.remove() }
            )
            services.append(.init(service: signals))
            if let interval = manager.notifier?.watchdogInterval {
                services.append(
                    .init(
                        service: WatchdogService(manager: manager, interval: interval, eventLoopGroup: eventLoopGroup)
                    )
                )
            }
        }
        services.append(.init(service: PoolService(pool: pool, ledger: ledger, manager: manager, logger: logger)))
        services.append(.init(service: server))
        if settings.autoShutdownTimeout > .zero {
            let idle = IdleService(ledger: ledger, state: state, limit: settings.autoShutdownTimeout, logger: logger)
            services.append(.init(service: idle, successTerminationBehavior: .gracefullyShutdownGroup))
        }
        let drain = DrainService(
            dispatcher: dispatcher,
            state: state,
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
        Self.announce(settings, socket: socketFile?.path, logger)
    }

    /// Runs the service until it is told to stop, and takes its socket away.
    ///
    /// - Throws: ``ServiceStartError`` when it cannot serve.
    func run() async throws {
        defer { self.socketFile?.remove() }
        try await self.group.run()
    }

    /// Says in one line what tasks may do, so that nobody has to guess whether a setting was taken.
    private static func announce(_ settings: Settings, socket: String?, _ logger: Logger) {
        func list(_ names: [String]) -> String { names.isEmpty ? "nothing" : names.joined(separator: ",") }
        logger.notice(
            "starting",
            metadata: [
                "version": "\(ServiceRun.version)", "socket": "\(socket ?? "inherited")",
                "stdlib_allow": "\(list(settings.standardLibraryAllow))",
                "external_allow": "\(list(settings.externalAllow))",
                "builtins_deny": "\(list(settings.builtinsDeny))",
                "concurrency": "\(settings.maximumConcurrency)", "sandbox": "\(settings.sandbox.name)",
            ]
        )
    }
}
