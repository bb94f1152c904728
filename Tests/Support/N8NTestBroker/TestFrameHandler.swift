import NIOCore
import NIOWebSocket

/// Assembles the frames of a connection into messages, and checks what is visible only in frames.
final class TestFrameHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let connection: TaskBrokerConnection
    private var message: [UInt8] = []
    private var isInMessage = false

    init(_ connection: TaskBrokerConnection) {
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = self.unwrapInboundIn(data)
        guard self.connection.frameReceived(frame) else { return }
        switch frame.opcode {
        case .text, .continuation:
            if (frame.opcode == .continuation) != self.isInMessage {
                self.connection.broker.violated("fragments out of order")
            }
            self.isInMessage = !frame.fin
            self.message += Self.unmasked(frame)
            guard frame.fin else { return }
            let message = self.message
            self.message = []
            self.connection.messageReceived(message)
        case .ping:
            self.connection.pingReceived(ByteBuffer(bytes: Self.unmasked(frame)))
        case .pong:
            self.connection.events.put(.pong)
        case .connectionClose:
            let payload = Self.unmasked(frame)
            let code = payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil
            self.connection.events.put(
                .close(code: code, reason: String(decoding: payload.dropFirst(2), as: UTF8.self))
            )
            guard !self.connection.closesItself else {
                context.close(promise: nil)
                return
            }
            let answer = WebSocketFrame(fin: true, opcode: .connectionClose, data: ByteBuffer(bytes: payload.prefix(2)))
            context.writeAndFlush(self.wrapOutboundOut(answer)).assumeIsolated().whenComplete { _ in
                context.close(promise: nil)
            }
        default:
            self.connection.broker.violated("opcode \(frame.opcode)")
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.connection.events.put(.gone)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A test that closes connections sees the resets of its own making.
        if error is NIOWebSocketError { self.connection.broker.violated("\(error)") }
        context.close(promise: nil)
    }

    /// As the RFC writes it, but eight bytes at a time: these tests move hundreds of megabytes.
    private static func unmasked(_ frame: WebSocketFrame) -> [UInt8] {
        var bytes = frame.data.getBytes(at: frame.data.readerIndex, length: frame.data.readableBytes) ?? []
        guard let mask = frame.maskKey else { return bytes }
        let key = (0..<8).reduce(UInt64(0)) { $0 | UInt64(mask[$1 % 4]) << (8 * UInt64($1)) }
        bytes.withUnsafeMutableBytes { buffer in
            var position = 0
            while position + 8 <= buffer.count {
                let word = UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: position, as: UInt64.self))
                buffer.storeBytes(of: (word ^ key).littleEndian, toByteOffset: position, as: UInt64.self)
                position += 8
            }
            while position < buffer.count {
                buffer[position] ^= mask[position % 4]
                position += 1
            }
        }
        return bytes
    }
}
