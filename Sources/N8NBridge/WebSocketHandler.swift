import NIOCore

/// How a connection ended.
enum ConnectionEnd: Error, Equatable {
    /// The broker closed it, and may have said why.
    case closedByBroker(WebSocketClose?)
    /// The connection went away without a word.
    case lost
    /// Nothing came for too long.
    case unresponsive
    /// The broker did what it must not.
    case violated(WebSocketViolation)
    /// We closed it.
    case closed
    case failed(String)

    /// In words, for the log.
    var description: String {
        switch self {
        case .closedByBroker(let close?):
            "closed by the broker (\(close.code)\(close.reason.isEmpty ? "" : ": ")\(close.reason))"
        case .closedByBroker(nil): "closed by the broker"
        case .lost: "the connection broke"
        case .unresponsive: "the broker does not answer"
        case .violated(let violation): "the broker broke the protocol: \(violation.reason)"
        case .closed: "closed"
        case .failed(let reason): reason
        }
    }
}

/// A WebSocket on NIO: bytes to messages and back, pings, and the closing handshake.
///
/// Messages go out a frame at a time, and only as fast as the other side takes them. When more than the largest message
/// may hold waits for that, nothing more is read: whoever takes no answers is asked no questions. Once the connection is
/// gone, the next handler gets a ``ConnectionEnd`` as an event, before it becomes inactive.
final class WebSocketHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = [UInt8]
    typealias OutboundIn = [ArraySlice<UInt8>]
    typealias OutboundOut = ByteBuffer

    struct Configuration {
        var maximumMessage: Int
        var pingInterval: TimeAmount
        var toleratedSilentPings: Int
        var closeTimeout: TimeAmount
    }

    private let configuration: Configuration
    private var machine: WebSocketStateMachine
    private var reader: WebSocketFrameReader
    /// The beginning of a frame's header that is not complete.
    private var leftover = ByteBuffer()
    /// Whether the reader has met something that nothing can be read after.
    private var isReaderDone = false

    private var queue = OutgoingQueue()
    /// Whether a read was put off until less is waiting.
    private var isReadPending = false
    /// The payload of the ping to answer; only the latest needs to be.
    private var pendingPong: [UInt8]?
    /// The close frame that follows the queue.
    private var pendingClose: WebSocketClose?
    private var isCloseSent = false

    private var end: ConnectionEnd?
    private var pingTimer: Scheduled<Void>?
    private var closeTimer: Scheduled<Void>?
    private var generator = SystemRandomNumberGenerator()

    init(_ configuration: Configuration) {
        self.configuration = configuration
        self.machine = WebSocketStateMachine(toleratedSilentPings: configuration.toleratedSilentPings)
        self.reader = WebSocketFrameReader(maximumMessage: configuration.maximumMessage)
    }

    // MARK: The channel's life

    func handlerAdded(context: ChannelHandlerContext) {
        self.schedulePing(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.pingTimer?.cancel()
        self.closeTimer?.cancel()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.machine.becameInactive()
        self.queue.removeAll()
        self.pingTimer?.cancel()
        self.closeTimer?.cancel()
        context.fireUserInboundEventTriggered(self.end ?? .lost)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.finish(context, .failed("\(error)"))
    }

    /// Cuts the connection, for the first of the reasons that come together.
    private func finish(_ context: ChannelHandlerContext, _ end: ConnectionEnd) {
        self.end = self.end ?? end
        context.close(promise: nil)
    }

    // MARK: Reading

    func read(context: ChannelHandlerContext) {
        self.isReadPending = true
        self.readIfThereIsRoom(context)
    }

    private func readIfThereIsRoom(_ context: ChannelHandlerContext) {
        guard self.isReadPending, self.queue.byteCount <= self.configuration.maximumMessage else { return }
        self.isReadPending = false
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.machine.signOfLife()
        var bytes = self.unwrapInboundIn(data)
        if self.leftover.readableBytes > 0 {
            self.leftover.writeBuffer(&bytes)
            bytes = self.leftover
        }
        self.leftover = ByteBuffer()
        while !self.isReaderDone {
            do throws(WebSocketViolation) {
                guard let event = try self.reader.next(from: &bytes) else { break }
                self.handle(event, context)
            } catch {
                self.violated(error, context)
            }
        }
        if bytes.readableBytes > 0, !self.isReaderDone { self.leftover = ByteBuffer(bytes.readableBytesView) }
    }

    private func handle(_ event: WebSocketFrameReader.Event, _ context: ChannelHandlerContext) {
        switch event {
        case .text(let message):
            if self.machine.isOpen { context.fireChannelRead(self.wrapInboundOut(message)) }
        case .ping(let payload):
            guard !self.isCloseSent else { return }
            self.pendingPong = payload
            self.pump(context)
        case .pong:
            break
        case .close(let close):
            self.isReaderDone = true
            switch self.machine.closeReceived() {
            case .answer:
                self.end = self.end ?? .closedByBroker(close)
                self.queue.removeAll()
                self.sendClose(WebSocketClose(code: close?.code ?? 1000, reason: ""), context)
            case .finish:
                // A server closes first; this one has said all it had to say, so there is no need to wait for it.
                self.finish(context, .closed)
            case .none:
                break
            }
        }
    }

    private func violated(_ violation: WebSocketViolation, _ context: ChannelHandlerContext) {
        self.isReaderDone = true
        self.end = self.end ?? .violated(violation)
        switch self.machine.closeRequested() {
        case .sendClose:
            self.queue.removeAll()
            self.sendClose(WebSocketClose(code: violation.code, reason: violation.reason), context)
        case .none:
            self.finish(context, .violated(violation))
        }
    }

    // MARK: Writing

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if self.machine.isOpen { self.queue.append(OutgoingMessage(self.unwrapOutboundIn(data))) }
        promise?.succeed()
    }

    func flush(context: ChannelHandlerContext) {
        self.pump(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        // What is taken is as good as an answer, which may stand behind what is not read for now.
        if context.channel.isWritable { self.machine.signOfLife() }
        self.pump(context)
        context.fireChannelWritabilityChanged()
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        switch event {
        case let close as WebSocketClose:
            // What was written before is still sent.
            if case .sendClose = self.machine.closeRequested() {
                self.end = self.end ?? .closed
                self.pendingClose = close
                self.startCloseTimer(context)
                self.pump(context)
            }
            promise?.succeed()
        case let violation as WebSocketViolation:
            self.violated(violation, context)
            promise?.succeed()
        default:
            context.triggerUserOutboundEvent(event, promise: promise)
        }
    }

    /// Writes what the other side is ready to take.
    private func pump(_ context: ChannelHandlerContext) {
        guard !self.isCloseSent else { return }
        var hasWritten = false
        while context.channel.isWritable {
            var buffer = context.channel.allocator.buffer(capacity: 1024)
            if let pong = self.pendingPong {
                self.pendingPong = nil
                self.append(.pong, pong, to: &buffer)
            }
            // Many small messages make one write.
            while buffer.readableBytes < OutgoingMessage.maximumFrame, !self.queue.isEmpty {
                self.queue.appendFrame(mask: self.generator.next(), to: &buffer)
            }
            guard buffer.readableBytes > 0 else { break }
            context.write(self.wrapOutboundOut(buffer), promise: nil)
            hasWritten = true
        }
        if hasWritten { context.flush() }
        self.readIfThereIsRoom(context)
        if self.queue.isEmpty, let close = self.pendingClose {
            self.pendingClose = nil
            self.sendClose(close, context)
        }
    }

    private func append(_ frame: WebSocketFrame, _ payload: [UInt8], to buffer: inout ByteBuffer) {
        WebSocketFrameWriter.append(
            frame,
            isFinal: true,
            pieces: CollectionOfOne(payload[...]),
            mask: self.generator.next(),
            to: &buffer
        )
    }

    private func sendClose(_ close: WebSocketClose, _ context: ChannelHandlerContext) {
        guard !self.isCloseSent else { return }
        self.isCloseSent = true
        var buffer = context.channel.allocator.buffer(capacity: 160)
        self.append(.close, close.payload, to: &buffer)
        context.writeAndFlush(self.wrapOutboundOut(buffer), promise: nil)
        self.startCloseTimer(context)
        self.readIfThereIsRoom(context)
    }

    // MARK: Timers

    private func schedulePing(_ context: ChannelHandlerContext) {
        self.pingTimer = context.eventLoop.assumeIsolated().scheduleTask(in: self.configuration.pingInterval) {
            switch self.machine.pingDue() {
            case .sendPing:
                var buffer = context.channel.allocator.buffer(capacity: 16)
                self.append(.ping, [], to: &buffer)
                context.writeAndFlush(self.wrapOutboundOut(buffer), promise: nil)
                self.schedulePing(context)
            case .giveUp:
                self.finish(context, .unresponsive)
            case .none:
                break
            }
        }
    }

    /// The other side gets some time to close the connection, and then it is cut.
    private func startCloseTimer(_ context: ChannelHandlerContext) {
        guard self.closeTimer == nil else { return }
        self.closeTimer = context.eventLoop.assumeIsolated().scheduleTask(in: self.configuration.closeTimeout) {
            self.finish(context, .closed)
        }
    }
}
