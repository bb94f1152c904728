import JSONBytes
import NIOCore
import NIOHTTP1
import NIOPosix

extension BrokerConnector {
    /// Exchanges the auth token for a grant token, which is good for one connection within some seconds.
    ///
    /// - Throws: ``AttemptFailure``.
    func exchange(_ token: SecretToken, _ attempt: ConnectionAttempt) async throws(AttemptFailure) -> SecretToken {
        var body = JSONWriter()
        body.beginObject()
        body.key("token")
        body.string(token.value)
        body.endObject()
        var head = HTTPRequestHead(
            version: .http1_1,
            method: .POST,
            uri: "\(self.address.pathPrefix)/runners/auth"
        )
        head.headers.add(name: "Host", value: self.address.authority)
        head.headers.add(name: "Content-Type", value: "application/json")
        head.headers.add(name: "Content-Length", value: "\(body.bytes.count)")
        head.headers.add(name: "Accept", value: "application/json")
        head.headers.add(name: "Connection", value: "close")
        let request = (head: head, body: body.bytes)
        defer { attempt.cut() }
        do {
            let future = try await self.bootstrap(attempt).connect(
                host: self.address.host,
                port: self.address.port
            ) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try self.secure(channel)
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    let response = channel.eventLoop.makePromise(of: [UInt8].self)
                    do {
                        let handler = ExchangeHandler(head: request.head, body: request.body, response)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    } catch {
                        response.fail(error)
                        throw error
                    }
                    return response.futureResult
                }
            }
            let response = try await attempt.result(of: future, within: self.configuration.connectTimeout)
            guard let token = GrantTokenResponse.token(in: response) else {
                throw AttemptFailure(reason: "the broker's answer to the auth token has no grant token")
            }
            return token
        } catch let error as AttemptFailure {
            throw error
        } catch {
            throw AttemptFailure(reason: "\(error)")
        }
    }
}

/// Sends one request and collects its response.
private final class ExchangeHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let head: HTTPRequestHead
    private let requestBody: [UInt8]
    private let response: EventLoopPromise<[UInt8]>
    private var body: [UInt8] = []

    init(head: HTTPRequestHead, body: [UInt8], _ response: EventLoopPromise<[UInt8]>) {
        self.head = head
        self.requestBody = body
        self.response = response
    }

    func channelActive(context: ChannelHandlerContext) {
        context.write(self.wrapOutboundOut(.head(self.head)), promise: nil)
        context.write(self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: self.requestBody)))), promise: nil)
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            guard head.status.code != 200 else { return }
            self.fail(AttemptFailure(status: Int(head.status.code)), context)
        case .body(let part):
            self.body += part.readableBytesView
            guard self.body.count > GrantTokenResponse.maximumBytes else { return }
            self.fail(AttemptFailure(reason: "the broker's answer to the auth token is too long"), context)
        case .end:
            self.response.succeed(self.body)
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.response.fail(ChannelError.eof)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        // A channel that never got to be active does not become inactive either.
        self.response.fail(ChannelError.eof)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.fail(error, context)
    }

    private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
        self.response.fail(error)
        context.close(promise: nil)
    }
}
