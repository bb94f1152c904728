public import Logging
public import NIOCore
import NIOHTTP1
import NIOPosix
public import ServiceLifecycle
import Synchronization

/// Answers `200 OK` to everything, which is how n8n's launcher finds out whether its runner is alive.
///
/// It says no more than that, whoever asks. Whether tasks can run is for `/readyz` of the API to say.
///
/// Every process that reaches the port may connect, so it takes no more than ``maximumConnections`` descriptors, each for
/// seconds, whatever its clients do.
public final class HealthCheckServer: Service {
    /// Why the server cannot be had.
    public struct Failure: Error, Equatable, CustomStringConvertible {
        public var description: String
    }

    private let host: String
    private let port: Int
    /// The listener and its connections share one: that is plenty, and closing one frees its descriptor at once.
    private let eventLoop: any EventLoop
    private let limits: ListenerLimits
    private let logger: Logger
    private let listener = Mutex<(any Channel)?>(nil)

    /// Makes a server, which does not listen before it runs.
    ///
    /// - Parameters:
    ///   - host: The name or address to listen on.
    ///   - port: The port; 0 takes any that is free, see ``localPort``.
    ///   - group: Where it takes an event loop from. It stays the caller's.
    ///   - logger: For the port, and for connections that were not accepted or were closed.
    public convenience init(host: String, port: Int, group: any EventLoopGroup, logger: Logger) {
        self.init(host: host, port: port, group: group, limits: ListenerLimits(), logger: logger)
    }

    init(host: String, port: Int, group: any EventLoopGroup, limits: ListenerLimits, logger: Logger) {
        self.host = host
        self.port = port
        self.eventLoop = group.next()
        self.limits = limits
        self.logger = logger
    }

    /// How many descriptors its connections take at most.
    public static var maximumConnections: Int {
        let limits = ListenerLimits()
        return limits.connections + limits.closing
    }

    /// The port it listens on, while it does.
    public var localPort: Int? { self.listener.withLock { $0?.localAddress?.port } }

    /// Serves until graceful shutdown or cancellation. May be called once.
    ///
    /// - Throws: ``Failure`` when it cannot listen.
    public func run() async throws {
        let listener: any Channel
        do {
            listener = try await ServerBootstrap(group: self.eventLoop)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                // One at a time, so that what was accepted is served before the next takes its place.
                .serverChannelOption(.maxMessagesPerRead, value: 1)
                .serverChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            ListenerLimitHandler(name: "health", limits: self.limits, logger: self.logger)
                        )
                    }
                }
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
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
        self.logger.log(
            // Nothing else says which port was taken.
            level: self.port == 0 ? .notice : .info,
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
            ListenerLimitHandler.RequestReceived.tell(about: context.channel)
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

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
