import NIOCore

/// Passes received bytes to the HTTP decoder one request at a time, and stores the bytes of later requests undecoded.
///
/// NIO's `HTTPServerPipelineHandler` stores decoded requests, which take about twenty times the memory of their bytes. This
/// handler stores the received bytes and pauses reading while there are any. The ``ConnectionHandler`` at the end of the
/// pipeline reports the end of each request and resumes decoding. Runs on the channel's event loop.
final class PipeliningHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = Never

    private enum Mode {
        case passing
        case holding
        case discarding
    }

    private let traffic: TrafficMeter
    private var context: ChannelHandlerContext?
    private var mode = Mode.passing
    private var boundary = RequestBoundary()
    private var pipelined: ByteBuffer?
    private var isInputClosedPipelined = false
    private var isReadPending = false
    private var isPassing = false

    init(traffic: TrafficMeter) {
        self.traffic = traffic
    }

    // MARK: For the connection's handler

    /// Whether a request has begun to arrive and its head is incomplete.
    var isInsideHead: Bool { self.mode == .passing && !self.boundary.isBetweenRequests }

    /// A head was decoded that announces a body of `length` bytes; nil for a chunked body.
    func bodyAnnounced(_ length: Int?) {
        self.boundary.bodyAnnounced(length)
    }

    /// The end of a request was decoded. Bytes that follow are stored until ``resume()``.
    func requestEnded() {
        self.boundary.requestEnded()
        if self.mode == .passing { self.mode = .holding }
    }

    /// Resumes decoding with the next request.
    func resume() {
        guard self.mode == .holding else { return }
        self.mode = .passing
        // When a request is answered at once, this method is called from inside `pass`, whose loop then continues.
        guard !self.isPassing, let context = self.context, let pipelined = self.pipelined else { return }
        self.pipelined = nil
        self.pass(pipelined, in: context)
        guard self.pipelined == nil else { return }
        if self.isInputClosedPipelined {
            self.isInputClosedPipelined = false
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
        if self.isReadPending {
            self.isReadPending = false
            context.read()
        }
    }

    /// Discards stored bytes and all bytes that arrive later.
    func discardInput() {
        self.mode = .discarding
        self.pipelined = nil
    }

    // MARK: From the channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = self.unwrapInboundIn(data)
        self.traffic.received(buffer.readableBytes)
        if self.pipelined == nil {
            self.pass(buffer, in: context)
        } else {
            self.pipelined?.writeBuffer(&buffer)
        }
    }

    func read(context: ChannelHandlerContext) {
        if self.pipelined == nil {
            context.read()
        } else {
            // Backpressure: bytes from the client stay in the socket until the stored bytes are decoded.
            self.isReadPending = true
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if self.pipelined != nil, let event = event as? ChannelEvent, case .inputClosed = event {
            // The event is postponed until the requests that were received before it are decoded.
            self.isInputClosedPipelined = true
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.discardInput()
        context.fireChannelInactive()
    }

    // MARK: Passing on

    /// Passes bytes to the decoder while a request may be decoded, and stores the rest.
    private func pass(_ buffer: ByteBuffer, in context: ChannelHandlerContext) {
        var buffer = buffer
        self.isPassing = true
        while self.mode == .passing, buffer.readableBytes > 0 {
            let count = buffer.withUnsafeReadableBytes { self.boundary.take(from: $0) }
            guard let request = buffer.readSlice(length: count) else { break }
            context.fireChannelRead(self.wrapInboundOut(request))
        }
        self.isPassing = false
        if self.mode == .holding, buffer.readableBytes > 0 {
            self.pipelined = Self.shrunk(buffer, context.channel.allocator)
        }
    }

    /// Copies the unread bytes if the buffer is far larger, because a slice would keep the whole receive buffer in memory.
    private static func shrunk(_ buffer: ByteBuffer, _ allocator: ByteBufferAllocator) -> ByteBuffer {
        guard buffer.storageCapacity > 2 * buffer.readableBytes else { return buffer }
        var copy = allocator.buffer(capacity: buffer.readableBytes)
        copy.writeImmutableBuffer(buffer)
        return copy
    }
}
