import HTTPAPI
import Logging
import N8NBridge
import ServiceLifecycle

/// The front ends of one service: the HTTP server on the Unix socket, the bridge to n8n's task broker, or both, and the
/// health check server that n8n's launcher polls.
struct FrontEnds: Sendable {
    var server: HTTPServer?
    var socketFile: SocketFile?
    var bridge: TaskBrokerBridge?
    /// The front ends in start order.
    var services: [any Service] = []

    /// Opens the front ends that the settings ask for.
    ///
    /// - Throws: ``ServiceStartError`` when a front end cannot be opened, or when the settings enable none.
    init(
        _ configuration: ServiceConfiguration,
        core: ServiceCore,
        environment: [String: String],
        logger: Logger
    ) throws(ServiceStartError) {
        if let socket = try ServiceSocket.open(configuration.settings, environment: environment) {
            self.socketFile = socket.path.flatMap(SocketFile.init)
            let server = HTTPServer(
                listener: socket.takeDescriptor(),
                group: core.eventLoopGroup,
                dispatcher: core.accounting,
                reporter: core.state,
                memory: core.memory,
                settings: configuration.httpServer,
                logger: logger
            )
            self.server = server
            self.services.append(server)
        }
        if let configuration = configuration.bridge {
            let bridge = TaskBrokerBridge(
                configuration: configuration,
                dispatcher: core.accounting,
                eventLoopGroup: core.eventLoopGroup,
                logger: logger
            )
            self.bridge = bridge
            self.services.append(BridgeService(bridge: bridge, isOnlyFrontEnd: self.server == nil, logger: logger))
        }
        guard !self.services.isEmpty else {
            throw ServiceStartError(
                exit: .badConfiguration,
                message: "TERRARIUM_SOCKET=none without a token for n8n leaves no way to submit tasks: set"
                    + " TERRARIUM_GRANT_TOKEN or TERRARIUM_AUTH_TOKEN, or set TERRARIUM_SOCKET to a path"
            )
        }
        if let server = HealthCheckServer(configuration.settings, group: core.eventLoopGroup, logger: logger) {
            self.services.append(server)
        }
    }
}
