import Foundation
import NIOCore
package import NIOHTTP1
import NIOPosix
package import NIOSSL
import NIOWebSocket
import Synchronization

/// A strict task broker for tests: a WebSocket server on the loopback that checks every rule of n8n's protocol and records
/// violations by the runner.
///
/// Frames are decoded by NIO, so that our encoder is checked against another implementation.
package final class TestTaskBroker: Sendable {
    package struct Options: Sendable {
        /// What the runner may have at once.
        package var capacity = 5
        /// Grant tokens that may connect, each once; nil accepts every token.
        package var grantTokens: Set<String>?
        /// The token that is exchanged for a grant token.
        package var authToken: String?
        /// A response to every attempt to connect, instead of an upgrade.
        package var refusal: HTTPResponseStatus?
        /// A response to every exchange.
        package var exchangeRefusal: HTTPResponseStatus?
        /// The address to which every exchange is redirected.
        package var exchangeRedirect: String?
        /// The body of the answer to an exchange, instead of a proper one.
        package var exchangeBody: String?
        /// Whether `Sec-WebSocket-Accept` is wrong.
        package var breaksHandshake = false
        package var tls: NIOSSLContext?
        package var answersPings = true

        package init() {}
    }

    private struct State {
        var options: Options
        var violations: [String] = []
        var issued: Set<String> = []
        var exchanges = 0
        var attempts = 0
        var runnerIDs: Set<String> = []
    }

    /// A thread of its own: other tests keep the shared ones busy, and this task broker measures times.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    package let connections = Mailbox<TaskBrokerConnection>()
    private let state: Mutex<State>
    private let listener = Mutex<(any Channel)?>(nil)
    private let children = Mutex<[ObjectIdentifier: any Channel]>([:])

    package init(_ options: Options = Options()) {
        self.state = Mutex(State(options: options))
    }

    package var options: Options {
        get { self.state.withLock(\.options) }
        set { self.state.withLock { $0.options = newValue } }
    }

    package var violations: [String] { self.state.withLock(\.violations) }
    package var exchangeCount: Int { self.state.withLock(\.exchanges) }
    package var attemptCount: Int { self.state.withLock(\.attempts) }

    package func violated(_ what: String) {
        self.state.withLock { $0.violations.append(what) }
    }

    package var port: Int { self.listener.withLock { $0?.localAddress?.port ?? 0 } }
    package var uri: String { "\(self.options.tls == nil ? "http" : "https")://127.0.0.1:\(self.port)" }

    package func start(port: Int = 0) async throws {
        let listener = try await ServerBootstrap(group: Self.group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.setUp(channel) }
            }
            .bind(host: "127.0.0.1", port: port)
            .get()
        self.listener.withLock { $0 = listener }
    }

    package func stop() async {
        await self.stopListening()
        self.connections.close()
    }

    /// Goes away, with all its connections.
    package func stopListening() async {
        let listener = self.listener.withLock { $0.take() }
        try? await listener?.close().get()
        let children = self.children.withLock { Array($0.values) }
        for child in children { try? await child.close().get() }
    }

    private func setUp(_ channel: any Channel) throws {
        let key = ObjectIdentifier(channel)
        self.children.withLock { $0[key] = channel }
        channel.closeFuture.whenComplete { _ in self.children.withLock { $0[key] = nil } }
        if let tls = self.options.tls {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
        }
        let upgrader = NIOWebSocketServerUpgrader(
            maxFrameSize: 1 << 27,
            shouldUpgrade: { channel, head in
                channel.eventLoop.makeSucceededFuture(self.admits(head) ? HTTPHeaders() : nil)
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    let connection = TaskBrokerConnection(self, channel)
                    try channel.pipeline.syncOperations.addHandler(TestFrameHandler(connection))
                    self.connections.put(connection)
                }
            }
        )
        let http = NIOLoopBound(TestHTTPHandler(self), eventLoop: channel.eventLoop)
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(
            withServerUpgrade: (
                upgraders: [upgrader],
                completionHandler: { context in context.pipeline.syncOperations.removeHandler(http.value, promise: nil)
                }
            )
        )
        try channel.pipeline.syncOperations.addHandler(http.value)
    }

    /// Whether the request to upgrade is all right. Otherwise it is answered as any other request.
    private func admits(_ head: HTTPRequestHead) -> Bool {
        self.state.withLock { state in
            state.attempts += 1
            let parts = head.uri.split(separator: "?", maxSplits: 1).map(String.init)
            if parts.first != "/runners/_ws" { state.violations.append("connects to \(head.uri)") }
            let query = parts.count > 1 ? parts[1] : ""
            let id = query.hasPrefix("id=") ? String(query.dropFirst(3)) : ""
            if id.count < 8 || !state.runnerIDs.insert(id).inserted { state.violations.append("runner id \(query)") }
            if head.headers["Host"].count != 1 { state.violations.append("no Host header") }
            let authorization = head.headers.first(name: "Authorization") ?? ""
            guard authorization.hasPrefix("Bearer ") else {
                state.violations.append("Authorization is \(authorization)")
                return false
            }
            if state.options.refusal != nil || state.options.breaksHandshake { return false }
            guard state.options.grantTokens != nil || state.options.authToken != nil else { return true }
            let token = String(authorization.dropFirst(7))
            // As n8n does it: each is good for one connection.
            if state.options.grantTokens?.remove(token) != nil { return true }
            return state.issued.remove(token) != nil
        }
    }

    /// Answers a request that is no upgrade, or one that is turned away.
    fileprivate func answer(
        _ head: HTTPRequestHead,
        _ body: [UInt8]
    ) -> (HTTPResponseStatus, HTTPHeaders, String) {
        self.state.withLock { state in
            if head.uri.hasPrefix("/runners/_ws") {
                if state.options.breaksHandshake {
                    return (
                        .switchingProtocols,
                        ["Upgrade": "websocket", "Connection": "upgrade", "Sec-WebSocket-Accept": "bm90IHRoZSBrZXk="],
                        ""
                    )
                }
                // A test that changes its options may catch an attempt half-way: that one is not refused for good.
                let takesTokens = state.options.grantTokens != nil || state.options.authToken != nil
                return (state.options.refusal ?? (takesTokens ? .forbidden : .serviceUnavailable), [:], "no")
            }
            guard head.uri == "/runners/auth", head.method == .POST else {
                state.violations.append("asks for \(head.method) \(head.uri)")
                return (.notFound, [:], "")
            }
            state.exchanges += 1
            if let refusal = state.options.exchangeRefusal { return (refusal, [:], "no") }
            if let address = state.options.exchangeRedirect {
                return (.temporaryRedirect, ["Location": address], "")
            }
            if let body = state.options.exchangeBody { return (.ok, [:], body) }
            let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: String]
            guard let token = object?["token"], object?.count == 1,
                head.headers.first(name: "Content-Type") == "application/json"
            else {
                state.violations.append("an exchange with \(String(decoding: body, as: UTF8.self))")
                return (.badRequest, [:], "")
            }
            guard token == state.options.authToken else { return (.forbidden, [:], "") }
            let granted = "granted-\(state.exchanges)-\(UInt64.random(in: 0...UInt64.max))"
            state.issued.insert(granted)
            return (.ok, [:], #"{"data":{"token":"\#(granted)"},"more":1}"#)
        }
    }
}

private final class TestHTTPHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let broker: TestTaskBroker
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(_ broker: TestTaskBroker) {
        self.broker = broker
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body(let buffer): self.body += buffer.readableBytesView
        case .end:
            guard let head = self.head else { return }
            let (status, extra, body) = self.broker.answer(head, self.body)
            var headers = extra
            if status != .switchingProtocols { headers.add(name: "Content-Length", value: "\(body.utf8.count)") }
            let response = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
            context.write(self.wrapOutboundOut(.head(response)), promise: nil)
            if !body.isEmpty {
                context.write(self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
            }
            context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
