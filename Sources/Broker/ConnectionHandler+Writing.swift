import NIOCore
import NIOHTTP1

/// How responses get out, and what happens to the connection behind them.
extension ConnectionHandler {
    func respond(_ problem: Problem) {
        self.respond(Response(problem))
    }

    func respond(_ response: Response) {
        self.releaseBody()
        self.begin(response, isWhole: true)
    }

    func begin(_ response: Response, isWhole: Bool) {
        let isHTTP10 = self.head?.isHTTP10 ?? false
        let framing: OutgoingResponse.Framing =
            if self.head?.method == .HEAD {
                .omitted
            } else if isWhole {
                .length
            } else {
                isHTTP10 ? .untilClose : .chunked
            }
        // The end of the connection is the end of such a response, whatever the client has asked for.
        if framing == .untilClose { self.machine.endWithNextResponse() }
        self.outgoing = OutgoingResponse(
            response,
            framing: framing,
            keepsAlive: self.machine.responseKeepsAlive,
            isHTTP10: isHTTP10
        )
        self.write()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            self.readingProgress += 1
            self.write()
            if let observer = self.task?.observer { self.showEvents(to: observer) }
        }
        context.fireChannelWritabilityChanged()
    }

    /// Writes as much of the response as the client takes.
    func write() {
        guard let context = self.context, self.outgoing != nil else { return }
        var hasWritten = false
        while context.channel.isWritable,
            let buffer = self.outgoing?.next(upTo: Self.chunk, using: context.channel.allocator)
        {
            self.server.traffic.sent(buffer.readableBytes)
            context.write(self.wrapOutboundOut(.byteBuffer(buffer)), promise: nil)
            hasWritten = true
        }
        if let outgoing = self.outgoing, outgoing.isFinished, outgoing.isEmpty {
            self.outgoing = nil
            self.finish(context)
        } else if hasWritten {
            context.flush()
        }
        if !context.channel.isWritable { self.watchStalling() }
    }

    private func finish(_ context: ChannelHandlerContext) {
        let action = self.machine.responseFinished()
        self.head = nil
        self.route = nil
        self.lastResponse = .now()
        switch action {
        case .takeNextRequest:
            context.flush()
            self.endRun()
            self.takeHeld()
        case .close:
            self.flushed(context) { $0.close(promise: nil) }
            self.endRun()
            self.closeLater(context, after: self.settings.stallTimeout)
        case .linger:
            self.flushed(context) { $0.close(mode: .output, promise: nil) }
            self.endRun()
            self.closeLater(context, after: self.settings.lingerTimeout)
        case .none:
            self.endRun()
        }
    }

    func endRun() {
        guard self.isRunCounted else { return }
        self.isRunCounted = false
        self.server.connections.endRun()
    }

    /// Calls `body` when everything that was written has reached the socket.
    private func flushed(_ context: ChannelHandlerContext, _ body: @escaping (ChannelHandlerContext) -> Void) {
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in
            guard let context = self.context else { return }
            body(context)
        }
        context.writeAndFlush(self.wrapOutboundOut(.byteBuffer(ByteBuffer())), promise: promise)
    }
}
