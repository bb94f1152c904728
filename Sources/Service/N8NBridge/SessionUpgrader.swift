import NIOCore
import NIOHTTP1
import NIOWebSocket

/// Upgrades the HTTP connection to a WebSocket. NIO's upgrader does the handshake and checks the key; ``WebSocketHandler``
/// reads and writes the frames.
final class SessionUpgrader: NIOTypedHTTPClientProtocolUpgrader {
    typealias UpgradeResult = UpgradeOutcome

    let supportedProtocol = "websocket"
    let requiredUpgradeHeaders: [String] = []
    private let open: @Sendable (any Channel) throws -> Session
    /// NIO's upgrader, which sends the key and checks `Sec-WebSocket-Accept`.
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
        // The request asked for no extension and no subprotocol, so a response that selects one is invalid (RFC 6455,
        // section 4.1).
        guard !upgradeResponse.headers.contains(name: "Sec-WebSocket-Extensions"),
            !upgradeResponse.headers.contains(name: "Sec-WebSocket-Protocol")
        else { return false }
        return self.handshake.shouldAllowUpgrade(upgradeResponse: upgradeResponse)
    }

    func upgrade(channel: any Channel, upgradeResponse: HTTPResponseHead) -> EventLoopFuture<UpgradeOutcome> {
        channel.eventLoop.makeCompletedFuture { .session(try self.open(channel)) }
    }
}
