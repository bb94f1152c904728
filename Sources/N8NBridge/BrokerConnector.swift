import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Tasks

/// Makes connections to the broker: plain or with TLS, and up to an open WebSocket with a session on it.
struct BrokerConnector: Sendable {
    let address: BrokerAddress
    let configuration: BridgeConfiguration
    let dispatcher: any TaskDispatching
    let status: BridgeStatusBoard
    let group: any EventLoopGroup
    let logger: Logger
    private let security: NIOSSLContext?

    /// Makes a connector.
    ///
    /// - Throws: ``BridgeError`` for an address that is none, and for certificates that cannot be read.
    init(
        _ configuration: BridgeConfiguration,
        dispatcher: any TaskDispatching,
        status: BridgeStatusBoard,
        group: any EventLoopGroup,
        logger: Logger
    ) throws(BridgeError) {
        guard let address = BrokerAddress(configuration.taskBrokerURI) else {
            throw .invalidAddress(configuration.taskBrokerURI)
        }
        self.address = address
        self.configuration = configuration
        self.dispatcher = dispatcher
        self.status = status
        self.group = group
        self.logger = logger
        guard address.isSecure else {
            self.security = nil
            return
        }
        var tls = TLSConfiguration.makeClientConfiguration()
        if let path = configuration.certificateAuthorities { tls.trustRoots = .file(path) }
        tls.minimumTLSVersion = .tlsv12
        do {
            self.security = try NIOSSLContext(configuration: tls)
        } catch {
            throw .certificates("the certificates to trust cannot be read: \(error)")
        }
    }

    /// Connects, and makes the connection a WebSocket.
    ///
    /// - Parameters:
    ///   - token: A grant token.
    ///   - maximumPayload: Bytes of the largest message either way.
    ///   - attempt: What to cut the attempt off with.
    /// - Returns: The session, which runs by itself from now on.
    /// - Throws: ``AttemptFailure``.
    func connect(
        with token: SecretToken,
        maximumPayload: Int,
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
                            upgraders: [SessionUpgrader { try self.open($0, maximumPayload) }],
                            notUpgradingCompletionHandler: RefusalReader.install
                        )
                    )
                    // The broker's first message may come together with its response.
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
            throw AttemptFailure(reason: "\(error)")
        }
        guard case .session(let session) = outcome else { preconditionFailure("neither upgraded nor declined") }
        return session
    }

    /// What every connection to the broker starts from.
    func bootstrap(_ attempt: ConnectionAttempt) -> ClientBootstrap {
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

    /// Puts TLS underneath everything else, if the address asks for it.
    func secure(_ channel: any Channel) throws {
        guard let security = self.security else { return }
        // Server names are names: an address may not be sent as one.
        let isAddress = (try? SocketAddress(ipAddress: self.address.host, port: 0)) != nil
        let handler = try NIOSSLClientHandler(
            context: security,
            serverHostname: isAddress ? nil : self.address.host
        )
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    /// Puts a session on a connection that has become a WebSocket, on its event loop.
    private func open(_ channel: any Channel, _ maximumPayload: Int) throws -> Session {
        let ended = channel.eventLoop.makePromise(of: SessionReport.self)
        let handler = SessionHandler(
            SessionHandler.Configuration(
                runner: RunnerStateMachine.Configuration(
                    capacity: self.configuration.maximumConcurrency,
                    offers: OfferBook.Terms(
                        validity: self.configuration.offerValidity,
                        jitter: self.configuration.offerJitter,
                        lateness: self.configuration.offerLateness
                    ),
                    settingsTimeout: self.configuration.settingsTimeout
                ),
                peer: self.configuration.peer,
                maximumMessage: maximumPayload
            ),
            dispatcher: self.dispatcher,
            status: self.status,
            ended: ended,
            logger: self.logger
        )
        let socket = WebSocketHandler(
            WebSocketHandler.Configuration(
                maximumMessage: maximumPayload,
                pingInterval: TimeAmount(self.configuration.pingInterval),
                toleratedSilentPings: self.configuration.toleratedSilentPings,
                closeTimeout: TimeAmount(self.configuration.closeTimeout)
            )
        )
        do {
            try channel.pipeline.syncOperations.addHandlers(socket, handler)
        } catch {
            ended.fail(error)
            throw error
        }
        return Session(
            channel: channel,
            handler: NIOLoopBound(handler, eventLoop: channel.eventLoop),
            ended: ended.futureResult
        )
    }
}
