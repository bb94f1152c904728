import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import Synchronization
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
    ///   - attempt: What to cut the attempt off with.
    /// - Returns: The session, which runs by itself from now on.
    /// - Throws: ``AttemptFailure``.
    func connect(with token: SecretToken, _ attempt: ConnectionAttempt) async throws(AttemptFailure) -> Session {
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
                            upgraders: [SessionUpgrader { try self.open($0) }],
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
    private func open(_ channel: any Channel) throws -> Session {
        let ended = channel.eventLoop.makePromise(of: SessionReport.self)
        let handler = SessionHandler(
            SessionHandler.Configuration(
                runner: RunnerStateMachine.Configuration(
                    capacity: self.configuration.maximumConcurrency,
                    offerValidity: self.configuration.offerValidity,
                    offerJitter: self.configuration.offerJitter,
                    offerLateness: self.configuration.offerLateness,
                    settingsTimeout: self.configuration.settingsTimeout,
                    idleTimeout: self.configuration.idleTimeout
                ),
                peer: self.configuration.peer,
                maximumMessage: self.configuration.maximumPayload
            ),
            dispatcher: self.dispatcher,
            status: self.status,
            ended: ended,
            logger: self.logger
        )
        let socket = WebSocketHandler(
            WebSocketHandler.Configuration(
                maximumMessage: self.configuration.maximumPayload,
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

/// Why an attempt got nowhere.
struct AttemptFailure: Error {
    /// The status of a response that says no.
    var status: Int?
    var reason: String

    init(status: Int) {
        self.status = status
        self.reason = "HTTP status \(status)"
    }

    init(reason: String) {
        self.reason = reason
    }

    /// What to make of it: only these two statuses mean that the token is the matter.
    var verdict: ReconnectStateMachine.Failure {
        switch self.status {
        case 401?, 403?: .refused(status: self.status ?? 0)
        default: .transient
        }
    }
}

/// An open session, from outside of its event loop.
struct Session: Sendable {
    let channel: any Channel
    let handler: NIOLoopBound<SessionHandler>
    let ended: EventLoopFuture<SessionReport>

    /// Takes no new tasks, and ends when the running ones have.
    func shutDown() {
        self.channel.eventLoop.execute { self.handler.value.shutDown(isIdle: false) }
    }

    /// Ends at once.
    func cut() {
        self.channel.close(promise: nil)
    }
}

/// Something under way that may have to be cut off: a connection and what is waited for on it.
final class ConnectionAttempt: Sendable {
    private struct State {
        var channel: (any Channel)?
        var isCut = false
    }

    private let state = Mutex(State())

    /// There is a channel now.
    func began(_ channel: any Channel) {
        let isCut = self.state.withLock { state in
            state.channel = channel
            return state.isCut
        }
        if isCut { channel.close(promise: nil) }
    }

    /// Closes the channel, now or as soon as there is one; what waits for something to come over it fails.
    func cut() {
        let channel = self.state.withLock { state in
            state.isCut = true
            return state.channel
        }
        channel?.close(promise: nil)
    }

    /// Waits for `future`, which fails when the connection is closed, and cuts the attempt when that takes too long.
    func result<Value: Sendable>(
        of future: EventLoopFuture<Value>,
        within limit: Duration
    ) async throws -> Value {
        let timer = future.eventLoop.scheduleTask(in: TimeAmount(limit)) { self.cut() }
        defer { timer.cancel() }
        return try await future.get()
    }
}

/// How the broker took the request to upgrade.
enum UpgradeOutcome: Sendable {
    case session(Session)
    /// With the status of its response.
    case declined(EventLoopFuture<Int>)
}

/// Makes the connection a WebSocket, with NIO's part in it up to the frames.
private final class SessionUpgrader: NIOTypedHTTPClientProtocolUpgrader {
    typealias UpgradeResult = UpgradeOutcome

    let supportedProtocol = "websocket"
    let requiredUpgradeHeaders: [String] = []
    private let open: @Sendable (any Channel) throws -> Session
    /// Knows the key, and what has to come back for it.
    private let handshake = NIOTypedWebSocketClientUpgrader<Void> { channel, _ in
        channel.eventLoop.makeSucceededVoidFuture()
    }

    init(open: @escaping @Sendable (any Channel) throws -> Session) {
        self.open = open
    }

    func addCustom(upgradeRequestHeaders: inout HTTPHeaders) {
        self.handshake.addCustom(upgradeRequestHeaders: &upgradeRequestHeaders)
    }

    func shouldAllowUpgrade(upgradeResponse: HTTPResponseHead) -> Bool {
        // No extension and no subprotocol was asked for, so none can have been agreed on.
        guard !upgradeResponse.headers.contains(name: "Sec-WebSocket-Extensions"),
            !upgradeResponse.headers.contains(name: "Sec-WebSocket-Protocol")
        else { return false }
        return self.handshake.shouldAllowUpgrade(upgradeResponse: upgradeResponse)
    }

    func upgrade(channel: any Channel, upgradeResponse: HTTPResponseHead) -> EventLoopFuture<UpgradeOutcome> {
        channel.eventLoop.makeCompletedFuture { .session(try self.open(channel)) }
    }
}

/// Reads the status of a response that is no upgrade.
private final class RefusalReader: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let status: EventLoopPromise<Int>

    init(_ status: EventLoopPromise<Int>) {
        self.status = status
    }

    @Sendable
    static func install(on channel: any Channel) -> EventLoopFuture<UpgradeOutcome> {
        channel.eventLoop.makeCompletedFuture {
            let status = channel.eventLoop.makePromise(of: Int.self)
            do {
                try channel.pipeline.syncOperations.addHandler(RefusalReader(status))
            } catch {
                status.fail(error)
            }
            return .declined(status.futureResult)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = self.unwrapInboundIn(data) { self.status.succeed(Int(head.status.code)) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.status.fail(ChannelError.eof)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.status.fail(ChannelError.eof)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.status.fail(error)
        context.close(promise: nil)
    }
}
