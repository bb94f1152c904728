import Logging
import NIOCore
import NIOHTTP1

/// Writes responses one after another as fast as the client reads, and closes the connection if the client reads too
/// slowly.
///
/// Owned by one ``ConnectionHandler``; it writes with that handler's context. Bytes that the socket does not accept yet
/// stay in their original pieces, so that a large result is in memory only once, in addition to the bytes in flight. Used
/// on the channel's event loop.
final class ResponseWriter {
    private typealias Part = HTTPServerResponsePart

    private enum State {
        case idle
        /// A part of the response was not passed to the channel yet.
        case writing
        /// The whole response was passed to the channel, and a part of it was not written to the socket yet.
        case flushing
    }

    /// The largest number of bytes of a body that are copied into one buffer.
    private static let chunk = 256 * 1024

    private let logger: Logger
    private var context: ChannelHandlerContext?
    /// Called when the last byte of a response was written to the socket.
    private var written: () -> Void = {}
    private var state = State.idle
    private var body = ResponseBody()
    private var pace = ReadingPace(window: .zero, minimumRate: 0)
    private var isPaceTimerSet = false
    /// How many bytes of response bodies were passed to the channel since it was opened.
    private var bytesHandedOver = 0

    init(logger: Logger) {
        self.logger = logger
    }

    /// Sets the context to write with.
    ///
    /// - Parameters:
    ///   - context: The context of the owning handler.
    ///   - written: Called when the last byte of a response was written to the socket.
    func attach(_ context: ChannelHandlerContext, written: @escaping () -> Void) {
        self.context = context
        self.written = written
    }

    /// The channel has closed; unwritten bytes are dropped.
    func detach() {
        self.context = nil
        self.written = {}
        self.state = .idle
        self.body = ResponseBody()
    }

    /// Whether all bytes of the body were passed to the channel and the channel accepts more.
    var isDrained: Bool { self.context?.channel.isWritable == true && self.body.isEmpty }

    /// Begins a response.
    ///
    /// - Parameters:
    ///   - head: The head of the response, with framing headers.
    ///   - body: The body, or the beginning of it.
    ///   - isComplete: Whether `body` is the whole body.
    ///   - pace: The rate at which the client must read.
    func begin(_ head: HTTPResponseHead, body: [ArraySlice<UInt8>], isComplete: Bool, pace: ReadingPace) {
        guard let context = self.context else { return }
        context.write(NIOAny(Part.head(head)), promise: nil)
        self.state = .writing
        self.pace = pace
        self.body = ResponseBody(body, isComplete: isComplete)
        self.write()
    }

    /// Appends to the body of the current response.
    ///
    /// - Parameters:
    ///   - pieces: The bytes to append, in order.
    ///   - isComplete: Whether the body ends after these bytes.
    func append(_ pieces: [ArraySlice<UInt8>], isComplete: Bool) {
        for piece in pieces { self.body.append(piece) }
        if isComplete { self.body.complete() }
        self.write()
    }

    /// The channel has become writable or unwritable.
    func writabilityChanged() {
        // When the channel becomes unwritable, this is called from inside a write, possibly in the middle of a chunk.
        if self.context?.channel.isWritable == true { self.write() }
    }

    /// Passes bytes of the response to the channel while the channel is writable.
    private func write() {
        guard let context = self.context, self.state == .writing else { return }
        while context.channel.isWritable,
            let buffer = self.body.next(upTo: Self.chunk, using: context.channel.allocator)
        {
            self.bytesHandedOver += buffer.readableBytes
            context.write(NIOAny(Part.body(.byteBuffer(buffer))), promise: nil)
        }
        if self.body.isComplete, self.body.isEmpty {
            self.state = .flushing
            let promise = context.eventLoop.makePromise(of: Void.self)
            promise.futureResult.assumeIsolated().whenSuccess {
                self.state = .idle
                self.written()
            }
            context.writeAndFlush(NIOAny(Part.end(nil)), promise: promise)
        } else {
            context.flush()
        }
        if self.isAwaitingReader { self.watchPace(context) }
    }

    // MARK: Clients that read slowly

    private var isAwaitingReader: Bool {
        switch self.state {
        case .idle: false
        // If all bytes were passed and the channel is writable, the client is not behind: the next bytes do not exist yet.
        case .writing: !self.isDrained
        case .flushing: true
        }
    }

    private func watchPace(_ context: ChannelHandlerContext) {
        guard !self.isPaceTimerSet else { return }
        self.isPaceTimerSet = true
        let buffered = self.buffered(context)
        let taken = self.bytesHandedOver - buffered
        let expected = self.pace.expected(of: self.body.count + buffered)
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(self.pace.window)) {
            self.isPaceTimerSet = false
            guard let context = self.context, self.isAwaitingReader else { return }
            guard self.bytesHandedOver - self.buffered(context) - taken < expected else {
                self.watchPace(context)
                return
            }
            self.logger.info("client reads too slowly", metadata: ["bytes.expected": .stringConvertible(expected)])
            context.close(promise: nil)
        }
    }

    /// How many bytes the channel has buffered that the socket has not accepted.
    private func buffered(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }
}
