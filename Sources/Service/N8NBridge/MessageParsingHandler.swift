import Linux
import NIOCore

/// Parses the messages of the task broker: short ones at once, and large ones on another thread, because the event loop has
/// other connections.
///
/// Messages stay in order: while one is parsed on another thread, the ``WebSocketHandler`` of the same pipeline passes on no
/// other and reads nothing.
final class MessageParsingHandler: ChannelInboundHandler {
    typealias InboundIn = [UInt8]
    typealias InboundOut = Swift.Result<TaskBrokerMessage, MalformedMessage>

    /// Messages up to this size are parsed on the event loop, which takes less than a millisecond.
    static let maximumOnEventLoop = 256 << 10

    private let socket: WebSocketHandler
    private let work: WorkQueue
    private var context: ChannelHandlerContext?
    /// The message that is being parsed on another thread.
    private var parsing: MessageParsing?

    /// - Parameters:
    ///   - socket: The WebSocket handler of the same pipeline.
    ///   - work: Parses large messages.
    init(_ socket: WebSocketHandler, work: WorkQueue) {
        self.socket = socket
        self.work = work
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.abandon()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.abandon()
        context.fireChannelInactive()
    }

    private func abandon() {
        self.parsing?.abandon()
        self.parsing = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let message = self.unwrapInboundIn(data)
        guard message.count > Self.maximumOnEventLoop else {
            context.fireChannelRead(self.wrapInboundOut(MessageParsing.result(of: message)))
            return
        }
        self.socket.pause()
        let parsing = MessageParsing(message)
        self.parsing = parsing
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        let eventLoop = context.eventLoop
        self.work.run {
            let result = parsing.result()
            eventLoop.execute { handler.value.parsed(result) }
        }
    }

    private func parsed(_ result: InboundOut?) {
        guard self.parsing != nil, let result, let context = self.context else { return }
        self.parsing = nil
        context.fireChannelRead(self.wrapInboundOut(result))
        self.socket.resume()
    }
}
