import NIOCore
import NIOHTTP1
import NIOWebSocket

/// How the broker took the request to upgrade.
enum UpgradeOutcome: Sendable {
    case session(Session)
    /// With the status of its response.
    case declined(EventLoopFuture<Int>)
}

/// Makes the connection a WebSocket, with NIO's part in it up to the frames.
final class SessionUpgrader: NIOTypedHTTPClientProtocolUpgrader {
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
final class RefusalReader: ChannelInboundHandler {
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
