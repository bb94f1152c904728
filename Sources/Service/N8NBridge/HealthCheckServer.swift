import Listener
public import Logging
public import NIOCore
import NIOHTTP1
import NIOPosix
public import ServiceLifecycle
import Synchronization

/// The health check port of n8n's runners, which n8n's launcher uses as a liveness check. It responds `200 OK` to every
/// request, or `503` when ``report(_:host:port:within:)`` has started it. Readiness is reported by the API's `/readyz`,
/// not by this port.
///
/// Every process that can reach the port may connect, so the server holds at most ``maximumConnections`` descriptors, each
/// for a few seconds.
public final class HealthCheckServer: Service {
    /// The server cannot listen.
    public struct Failure: Error, Equatable, CustomStringConvertible {
        public var description: String
    }

    private let host: String
    private let port: Int
    /// One event loop serves the listener and its connections, so that closing a connection frees its descriptor before the
    /// next connection is accepted.
    private let eventLoop: any EventLoop
    private let limits: ListenerLimits
    private let logger: Logger
    private let listener = Mutex<(any Channel)?>(nil)
    /// Why the service did not start; nil while it runs.
    private let failure: String?

    /// Creates a server. ``run()`` opens the port.
    ///
    /// - Parameters:
    ///   - host: The name or address to listen on.
    ///   - port: The port; 0 means any free port, which ``localPort`` returns.
    ///   - group: The event loops, which the caller owns.
    ///   - logger: Receives the port, failures to accept, and connections that were closed over the limit.
    public convenience init(host: String, port: Int, group: any EventLoopGroup, logger: Logger) {
        self.init(host: host, port: port, group: group, limits: .health, logger: logger)
    }

    /// Responds to a health check with `503` and the reason why the service did not start. Returns after one response,
    /// or when `time` has passed, and at once if the port cannot be opened.
    public static func report(_ failure: String, host: String, port: Int, within time: Duration) async {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let quiet = Logger(label: "health") { _ in SwiftLogNoOpLogHandler() }
        let server = HealthCheckServer(
            host: host,
            port: port,
            group: group,
            limits: .health,
            logger: quiet,
            failure: failure
        )
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try? await server.run() }
            tasks.addTask { try? await Task.sleep(for: time) }
            await tasks.next()
            tasks.cancelAll()
        }
        try? await group.shutdownGracefully()
    }

    init(
        host: String,
        port: Int,
        group: any EventLoopGroup,
        limits: ListenerLimits,
        logger: Logger,
        failure: String? = nil
    ) {
        self.failure = failure
        self.host = host
        self.port = port
        self.eventLoop = group.next()
        self.limits = limits
        self.logger = logger
    }

    /// The largest number of descriptors that the connections of the server hold.
    public static var maximumConnections: Int { ListenerLimits.health.descriptors }

    /// The port while the server listens, otherwise nil.
    public var localPort: Int? { self.listener.withLock { $0?.localAddress?.port } }

    /// Serves until graceful shutdown or cancellation. May be called at most once.
    ///
    /// - Throws: ``Failure`` when the server cannot listen.
    public func run() async throws {
        let listener: any Channel
        do {
            listener = try await ServerBootstrap(group: self.eventLoop)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                // The listener accepts one connection at a time, so that a connection is served before the next one can
                // evict it.
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
                        try pipeline.addHandler(HealthCheckHandler(failure: self.failure))
                        // One response is enough to report a failure, so the server ends with its first connection.
                        if self.failure != nil {
                            channel.closeFuture.whenComplete { _ in self.listener.withLock { $0 }?.close(promise: nil) }
                        }
                    }
                }
                .bind(host: self.host, port: self.port)
                .get()
        } catch {
            throw Failure(description: "the health server cannot listen on \(self.host):\(self.port): \(error)")
        }
        self.listener.withLock { $0 = listener }
        let port = self.localPort ?? 0
        self.logger.log(
            // With port 0, this log line is the only place that shows the port.
            level: self.port == 0 ? .notice : .info,
            // n8n's runner has the same words, in which its tests look for the port.
            "Health check server listening on \(self.host), port \(port)",
            metadata: ["host": "\(self.host)", "port": .stringConvertible(port)]
        )
        await withTaskCancellationHandler {
            // Cancellation closes the listener, as graceful shutdown does.
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

extension ListenerLimits {
    /// The limits of the health check port, which n8n's launcher polls every few seconds.
    static let health = ListenerLimits(connections: 32, closing: 8, connectionTimeout: .seconds(5))
}

/// Responds to one request and closes the connection.
private final class HealthCheckHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let failure: String?
    private var isHead = false

    init(failure: String?) {
        self.failure = failure
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            self.isHead = head.method == .HEAD
        case .body:
            break
        case .end:
            ListenerLimitHandler.RequestReceived.report(for: context.channel)
            let text = self.failure.map { "\($0)\n" } ?? "OK"
            let headers: HTTPHeaders = [
                "Content-Type": "text/plain", "Content-Length": "\(text.utf8.count)", "Connection": "close",
            ]
            let status: HTTPResponseStatus = self.failure == nil ? .ok : .serviceUnavailable
            let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
            context.write(self.wrapOutboundOut(.head(head)), promise: nil)
            if !self.isHead {
                context.write(self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
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
