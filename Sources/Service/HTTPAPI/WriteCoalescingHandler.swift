import NIOCore

/// Joins small buffers that are written between two flushes. NIO's encoder writes the head and the body of a response
/// separately; joined, a small response needs one system call.
///
/// Large buffers are passed on unchanged, because copying them would cost more than the saved system call. Runs on the
/// channel's event loop.
final class WriteCoalescingHandler: ChannelOutboundHandler {
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    /// The largest size of a joined buffer, unless the first buffer has spare capacity for the second.
    private static let smallSize = 16 * 1024

    private let traffic: TrafficMeter
    private var pending: ByteBuffer?
    private var promise: EventLoopPromise<Void>?

    init(traffic: TrafficMeter) {
        self.traffic = traffic
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .byteBuffer(var buffer) = self.unwrapOutboundIn(data) else {
            self.writePending(context)
            context.write(data, promise: promise)
            return
        }
        if let pending = self.pending, !Self.joins(pending, buffer) { self.writePending(context) }
        if self.pending == nil {
            self.pending = buffer
            self.promise = promise
        } else {
            self.pending?.writeBuffer(&buffer)
            self.promise.setOrCascade(to: promise)
        }
    }

    func flush(context: ChannelHandlerContext) {
        self.writePending(context)
        context.flush()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.pending = nil
        self.promise?.fail(ChannelError.ioOnClosedChannel)
        self.promise = nil
    }

    private static func joins(_ pending: ByteBuffer, _ buffer: ByteBuffer) -> Bool {
        buffer.readableBytes <= pending.writableBytes
            || pending.readableBytes + buffer.readableBytes <= Self.smallSize
    }

    private func writePending(_ context: ChannelHandlerContext) {
        guard let buffer = self.pending else { return }
        let promise = self.promise
        self.pending = nil
        self.promise = nil
        self.traffic.sent(buffer.readableBytes)
        context.write(self.wrapOutboundOut(.byteBuffer(buffer)), promise: promise)
    }
}
