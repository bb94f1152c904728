import Linux
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Tasks

/// Connects to n8n's task broker: TCP, TLS for an `https` address, the HTTP upgrade, and a ``SessionHandler`` on the open
/// WebSocket. ``TaskBrokerBridge`` owns it and decides when to connect and with which token.
struct TaskBrokerConnector: Sendable {
    let address: TaskBrokerAddress
    let configuration: BridgeConfiguration
    let dispatcher: any TaskDispatching
    let status: BridgeStatusBoard
    let group: any EventLoopGroup
    /// Parses large messages.
    let work: WorkQueue
    let logger: Logger
    /// The TLS configuration, and the context made from it; nil for an `http` address.
    private let tls: TLSConfiguration?
    private let security: NIOSSLContext?

    /// Creates a connector.
    ///
    /// - Throws: ``BridgeError`` for an invalid address, or for certificates that cannot be read.
    init(
        _ configuration: BridgeConfiguration,
        dispatcher: any TaskDispatching,
        status: BridgeStatusBoard,
        group: any EventLoopGroup,
        work: WorkQueue,
        logger: Logger
    ) throws(BridgeError) {
        guard let address = TaskBrokerAddress(configuration.taskBrokerURI) else {
            throw .invalidAddress(configuration.taskBrokerURI)
        }
        self.address = address
        self.configuration = configuration
        self.dispatcher = dispatcher
        self.status = status
        self.group = group
        self.work = work
        self.logger = logger
        guard address.isSecure else {
            self.tls = nil
            self.security = nil
            return
        }
        let tls = Self.tls(certificateAuthorities: configuration.certificateAuthorities)
        self.tls = tls
        do {
            self.security = try NIOSSLContext(configuration: tls)
        } catch {
            throw .certificates("the trusted certificates cannot be read: \(error)")
        }
    }

    /// The TLS configuration of every connection to the task broker.
    ///
    /// - Parameter certificateAuthorities: A PEM file of trusted certificate authorities; nil for those of the system.
    /// - Returns: The configuration.
    static func tls(certificateAuthorities: String?) -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let certificateAuthorities { tls.trustRoots = .file(certificateAuthorities) }
        tls.minimumTLSVersion = .tlsv12
        return tls
    }

    /// Connects and upgrades the connection to a WebSocket.
    ///
    /// - Parameters:
    ///   - token: A grant token.
    ///   - limits: The largest message, and how many tasks run at once.
    ///   - attempt: The handle with which the caller can close the connection during the attempt.
    /// - Returns: The session, which its event loop serves from now on.
    /// - Throws: ``AttemptFailure``.
    func connect(
        with token: SecretToken,
        limits: ConnectionLimits,
        _ attempt: ConnectionAttempt
    ) async throws(AttemptFailure) -> Session {
        var generator = SystemRandomNumberGenerator()
        let runnerID = RunnerStateMachine.identifier(using: &generator)
        var head = HTTPRequestHead(
            version: .http1_1,
            method: .GET,
            uri: "\(self.address.pathPrefix)/runners/_ws?id=\(runnerID)"
        )
        head.headers.add(name: "Host", value: self.address.authority)
        head.headers.add(name: "Authorization", value: "Bearer \(token.value)")
        let request = head
        let outcome: UpgradeOutcome
        do {
            let upgrade = try await self.bootstrap(attempt).connect(
                host: self.address.host,
                port: self.address.port
            ) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try self.secure(channel)
                    var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(
                        upgradeConfiguration: NIOTypedHTTPClientUpgradeConfiguration(
                            upgradeRequestHead: request,
                            upgraders: [SessionUpgrader { try self.open($0, limits) }],
                            notUpgradingCompletionHandler: RefusalReader.install
                        )
                    )
                    // The task broker's first message may arrive in the same read as the upgrade response.
                    pipeline.leftOverBytesStrategy = .forwardBytes
                    return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
                        configuration: pipeline
                    )
                }
            }
            outcome = try await attempt.result(of: upgrade, within: self.configuration.connectTimeout)
            if case .declined(let status) = outcome {
                let code = try await attempt.result(of: status, within: self.configuration.connectTimeout)
                attempt.cut()
                throw AttemptFailure(status: code)
            }
        } catch let error as AttemptFailure {
            throw error
        } catch {
            attempt.cut()
            throw AttemptFailure(error)
        }
        guard case .session(let session) = outcome else {
            throw AttemptFailure(reason: "the connection was neither upgraded nor declined")
        }
        return session
    }

    /// The client that exchanges the auth token at the same address, with the same TLS configuration.
    var tokenExchange: TokenExchange {
        TokenExchange(
            address: self.address,
            tls: self.tls,
            timeout: self.configuration.connectTimeout,
            group: self.group
        )
    }

    private func bootstrap(_ attempt: ConnectionAttempt) -> ClientBootstrap {
        ClientBootstrap(group: self.group)
            .connectTimeout(TimeAmount(self.configuration.connectTimeout))
            .channelOption(.writeBufferWaterMark, value: .init(low: 128 * 1024, high: 512 * 1024))
            .channelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 8192, maximum: 256 * 1024)
            )
            .channelInitializer { channel in
                attempt.began(channel)
                return channel.eventLoop.makeSucceededVoidFuture()
            }
    }

    /// Adds TLS as the first handler for an `https` address.
    private func secure(_ channel: any Channel) throws {
        guard let security = self.security else { return }
        // The TLS server name must be a host name; an IP address is not allowed (RFC 6066, section 3).
        let isAddress = (try? SocketAddress(ipAddress: self.address.host, port: 0)) != nil
        let handler = try NIOSSLClientHandler(
            context: security,
            serverHostname: isAddress ? nil : self.address.host
        )
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    /// Adds the session's handlers to an upgraded connection. Runs on the connection's event loop.
    private func open(_ channel: any Channel, _ limits: ConnectionLimits) throws -> Session {
        let ended = channel.eventLoop.makePromise(of: SessionReport.self)
        let drains = channel.eventLoop.makePromise(of: Void.self)
        let socket = WebSocketHandler(
            WebSocketHandler.Configuration(
                maximumMessage: limits.maximumPayload,
                pingInterval: TimeAmount(self.configuration.pingInterval),
                toleratedSilentPings: self.configuration.toleratedSilentPings,
                closeTimeout: TimeAmount(self.configuration.closeTimeout)
            )
        )
        let handler = SessionHandler(
            SessionHandler.Configuration(
                runner: RunnerStateMachine.Configuration(
                    capacity: limits.maximumConcurrency,
                    offers: OfferBook.Terms(
                        validity: self.configuration.offerValidity,
                        jitter: self.configuration.offerJitter,
                        lateness: self.configuration.offerLateness
                    ),
                    settingsTimeout: self.configuration.settingsTimeout
                ),
                taskBroker: self.configuration.taskBrokerURI,
                peer: self.configuration.peer,
                maximumMessage: limits.maximumPayload,
                consoleBacklog: self.configuration.consoleBacklog
            ),
            socket: socket,
            dispatcher: self.dispatcher,
            status: self.status,
            ended: ended,
            drains: drains,
            logger: self.logger
        )
        do {
            try channel.pipeline.syncOperations.addHandlers(
                socket,
                MessageParsingHandler(socket, work: self.work),
                handler
            )
        } catch {
            ended.fail(error)
            drains.fail(error)
            throw error
        }
        return Session(
            channel: channel,
            handler: NIOLoopBound(handler, eventLoop: channel.eventLoop),
            ended: ended.futureResult,
            drains: drains.futureResult
        )
    }
}
