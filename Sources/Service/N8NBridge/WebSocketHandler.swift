import NIOCore

/// The WebSocket layer of a connection: converts bytes to messages and messages to bytes, sends pings, and does the closing
/// handshake.
///
/// Messages are written frame by frame, and only while the channel is writable. Backpressure: reading pauses while the
/// queue holds more bytes than the largest message, or more than ``maximumReplies`` replies, and while the next handler has
/// a message parsed on another thread (``pause()``). When the connection has
/// closed, the next handler gets a ``ConnectionEnd`` as an event before `channelInactive`.
final class WebSocketHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = [UInt8]
    typealias OutboundIn = OutgoingMessage
    typealias OutboundOut = ByteBuffer

    struct Configuration {
        var maximumMessage: Int
        var pingInterval: TimeAmount
        var toleratedSilentPings: Int
        var closeTimeout: TimeAmount
    }

    /// Reading pauses while more replies are queued, so that a peer that does not read cannot make this runner queue any
    /// number of replies.
    static let maximumReplies = 1000

    private let configuration: Configuration
    private var machine: WebSocketStateMachine
    private var reader: WebSocketFrameReader
    private var context: ChannelHandlerContext?
    /// The received bytes of an incomplete frame header; while ``isPaused`` is true, all bytes that were received since.
    private var leftover = ByteBuffer()
    /// Whether the next handler wants no further message for now.
    private var isPaused = false
    /// Whether received bytes are ignored, because a close frame or a violation was read.
    private var isReaderDone = false

    private var queue = OutgoingQueue()
    /// The memory of the queued prints.
    var waitingConsoleBytes: Int { self.queue.consoleBytes }
    /// Whether a read was requested and is postponed until the queue shrinks.
    private var isReadPending = false
    /// The payload of the latest unanswered ping. Earlier pings need no pong (RFC 6455, section 5.5.3).
    private var pendingPong: [UInt8]?
    /// The close frame to send after the queued messages.
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
        self.context = context
        self.schedulePing(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        self.pingTimer?.cancel()
        self.closeTimer?.cancel()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.machine.becameInactive()
        self.queue.removeAll()
        self.leftover = ByteBuffer()
        self.pingTimer?.cancel()
        self.closeTimer?.cancel()
        context.fireUserInboundEventTriggered(self.end ?? .lost)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.finish(context, .failed("\(error)"))
    }

    /// Closes the channel. Only the first reason is reported.
    private func finish(_ context: ChannelHandlerContext, _ end: ConnectionEnd) {
        self.end = self.end ?? end
        context.close(promise: nil)
    }

    // MARK: Reading

    func read(context: ChannelHandlerContext) {
        self.isReadPending = true
        self.readIfThereIsRoom(context)
    }

    private var hasRoom: Bool {
        !self.isPaused && self.queue.heldBytes <= self.configuration.maximumMessage + OutgoingMessage.overhead
            && self.queue.replies <= Self.maximumReplies
    }

    private func readIfThereIsRoom(_ context: ChannelHandlerContext) {
        guard self.isReadPending, self.hasRoom else { return }
        self.isReadPending = false
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.machine.trafficSeen()
        var bytes = self.unwrapInboundIn(data)
        if self.leftover.readableBytes > 0 {
            self.leftover.writeBuffer(&bytes)
        } else {
            self.leftover = bytes
        }
        if !self.isPaused { self.handleFrames(context) }
    }

    /// Passes on no further message until ``resume()``. The next handler calls this while it handles a message. What the
    /// connection has received already is kept; nothing more is read.
    func pause() {
        self.isPaused = true
    }

    /// Passes on the messages that were held back, and reads again.
    func resume() {
        self.isPaused = false
        guard let context = self.context else { return }
        self.handleFrames(context)
        context.fireChannelReadComplete()
        self.readIfThereIsRoom(context)
    }

    private func handleFrames(_ context: ChannelHandlerContext) {
        var bytes = self.leftover
        self.leftover = ByteBuffer()
        while !self.isReaderDone, !self.isPaused {
            do throws(WebSocketViolation) {
                guard let event = try self.reader.next(from: &bytes) else { break }
                self.handle(event, context)
            } catch {
                self.violated(error, context)
            }
        }
        if bytes.readableBytes > 0, !self.isReaderDone { self.leftover = ByteBuffer(bytes.readableBytesView) }
        // Sends one pong and does one write for all pings in these bytes.
        if self.pendingPong != nil { self.pump(context) }
    }

    private func handle(_ event: WebSocketFrameReader.Event, _ context: ChannelHandlerContext) {
        switch event {
        case .text(let message):
            if self.machine.isOpen { context.fireChannelRead(self.wrapInboundOut(message)) }
        case .binary(let bytes):
            if self.machine.isOpen { context.fireUserInboundEventTriggered(SkippedBinaryMessage(bytes: bytes)) }
        case .ping(let payload):
            guard !self.isCloseSent else { return }
            self.pendingPong = payload
        case .pong:
            break
        case .close(let close):
            self.isReaderDone = true
            switch self.machine.closeReceived() {
            case .answer:
                self.end = self.end ?? .closedByTaskBroker(close)
                self.queue.removeAll()
                self.sendClose(WebSocketClose(code: close?.code ?? 1000, reason: ""), context)
            case .finish:
                // RFC 6455 lets the server close first. Both close frames were exchanged, so the runner closes without
                // waiting.
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
        if self.machine.isOpen { self.queue.append(self.unwrapOutboundIn(data)) }
        promise?.succeed()
    }

    func flush(context: ChannelHandlerContext) {
        self.pump(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        // A peer that drains our writes is alive. While reading is paused, its pong cannot be read.
        if context.channel.isWritable { self.machine.trafficSeen() }
        self.pump(context)
        context.fireChannelWritabilityChanged()
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        switch event {
        case let close as WebSocketClose:
            // Messages that were written before the close are sent first.
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

    /// Writes frames while the channel is writable.
    private func pump(_ context: ChannelHandlerContext) {
        guard !self.isCloseSent else { return }
        var hasWritten = false
        while context.channel.isWritable {
            var buffer = context.channel.allocator.buffer(capacity: 1024)
            if let pong = self.pendingPong {
                self.pendingPong = nil
                self.append(.pong, pong, to: &buffer)
            }
            // Coalesces small messages into one write.
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

    private func append(_ frame: FrameOpcode, _ payload: [UInt8], to buffer: inout ByteBuffer) {
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
            // While the next handler pauses, no pong can be read.
            if self.isPaused { self.machine.trafficSeen() }
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

    /// Closes the channel if the server has not closed it within the close timeout.
    private func startCloseTimer(_ context: ChannelHandlerContext) {
        guard self.closeTimer == nil else { return }
        self.closeTimer = context.eventLoop.assumeIsolated().scheduleTask(in: self.configuration.closeTimeout) {
            self.finish(context, .closed)
        }
    }
}
