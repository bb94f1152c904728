public import Logging
public import NIOCore
import NIOHTTP1
import NIOPosix
public import ServiceLifecycle
import Synchronization

/// Answers `200 OK` to everything, which is how n8n's launcher finds out whether its runner is alive.
///
/// It says no more than that, whoever asks. Whether tasks can run is for `/readyz` of the API to say.
public final class HealthCheckServer: Service {
    /// Why the server cannot be had.
    public struct Failure: Error, Equatable, CustomStringConvertible {
        public var description: String
    }

    private let host: String
    private let port: Int
    private let group: any EventLoopGroup
    private let logger: Logger
    private let listener = Mutex<(any Channel)?>(nil)

    /// Makes a server, which does not listen before it runs.
    ///
    /// - Parameters:
    ///   - host: The name or address to listen on.
    ///   - port: The port; 0 takes any that is free, see ``localPort``.
    ///   - group: The event loops that connections are spread over. It stays the caller's.
    ///   - logger: For what nobody is told.
    public init(host: String, port: Int, group: any EventLoopGroup, logger: Logger) {
        self.host = host
        self.port = port
        self.group = group
        self.logger = logger
    }

    /// The port it listens on, while it does.
    public var localPort: Int? { self.listener.withLock { $0?.localAddress?.port } }

    /// Serves until graceful shutdown or cancellation. May be called once.
    ///
    /// - Throws: ``Failure`` when it cannot listen.
    public func run() async throws {
        let listener: any Channel
        do {
            listener = try await ServerBootstrap(group: self.group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.addHandler(IdleStateHandler(allTimeout: .seconds(30)))
                        try pipeline.configureHTTPServerPipeline()
                        try pipeline.addHandler(HealthCheckHandler())
                    }
                }
                .bind(host: self.host, port: self.port)
                .get()
        } catch {
            throw Failure(description: "the health server cannot listen on \(self.host):\(self.port): \(error)")
        }
        self.listener.withLock { $0 = listener }
        self.logger.info(
            "health server listening",
            metadata: ["host": "\(self.host)", "port": "\(self.localPort ?? 0)"]
        )
        await withTaskCancellationHandler {
            // A server that was cancelled stops just the same.
            await withGracefulShutdownHandler {
                try? await listener.closeFuture.get()
            } onGracefulShutdown: {
                listener.close(promise: nil)
            }
        } onCancel: {
            listener.close(promise: nil)
        }
        self.listener.withLock { $0 = nil }
    }
}

/// Answers one request, and closes.
private final class HealthCheckHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private var isHead = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            self.isHead = head.method == .HEAD
        case .body:
            break
        case .end:
            let headers: HTTPHeaders = ["Content-Type": "text/plain", "Content-Length": "2", "Connection": "close"]
            let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: headers)
            context.write(self.wrapOutboundOut(.head(head)), promise: nil)
            if !self.isHead {
                context.write(self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: "OK")))), promise: nil)
            }
            context.writeAndFlush(self.wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
                context.close(promise: nil)
            }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
