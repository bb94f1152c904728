public import Linux
public import Logging
public import NIOCore
import NIOHTTP1
import NIOPosix
public import ServiceLifecycle
import Synchronization
public import Tasks

/// The HTTP API of the service on its Unix socket.
///
/// Requests are carried out on the event loop of their connection: a task goes to the dispatcher, and its outcome to the
/// socket, without a hop to another thread unless the dispatcher's side is on one.
///
/// On graceful shutdown tasks are turned away with 503 from that moment on; connections go on being accepted while
/// tasks run, so that clients learn why, and ``run()`` returns when the last response was read. Cancelling the task of
/// ``run()`` closes everything at once.
public final class HTTPServer: Service {
    private let listener: Mutex<CInt?>
    private let group: any EventLoopGroup
    private let server: ServerContext

    /// Makes a server, which does not listen before it runs.
    ///
    /// - Parameters:
    ///   - listener: A bound stream socket, which need not listen yet. Its file, if it has one, stays the caller's.
    ///   - group: The event loops that connections are spread over. It stays the caller's.
    ///   - dispatcher: Where tasks go.
    ///   - reporter: Where the service's state comes from.
    ///   - settings: What to go by; see ``apply(_:)``.
    ///   - logger: For what no client is told.
    public init(
        listener: consuming OwnedDescriptor,
        group: any EventLoopGroup,
        dispatcher: any TaskDispatching,
        reporter: any ServiceReporting,
        settings: HTTPServerSettings,
        logger: Logger
    ) {
        self.listener = Mutex(listener.release())
        self.group = group
        self.server = ServerContext(
            dispatcher: dispatcher,
            reporter: reporter,
            connections: ConnectionRegistry(),
            traffic: TrafficMeter(),
            settings: SettingsInForce(settings),
            seats: FairShares(),
            standingRoom: FairShares(),
            bodyMemory: FairShares(),
            logger: logger
        )
    }

    deinit {
        if let listener = self.listener.withLock({ $0 }) { _ = OwnedDescriptor(owning: listener) }
    }

    /// Goes by other settings from the next request on, on connections that are open as well.
    public func apply(_ settings: HTTPServerSettings) {
        self.server.settings.replace(with: settings)
    }

    /// What went over its connections so far, in bytes.
    public var traffic: (received: Int, sent: Int) { self.server.traffic.total }

    /// How many connections are open.
    public var openConnections: Int { self.server.connections.count }

    /// Serves until graceful shutdown or cancellation. May be called once.
    ///
    /// - Throws: What NIO throws when the socket cannot be listened on, and ``ListenerLost``.
    public func run() async throws {
        guard let descriptor = self.listener.withLock({ $0.take() }) else {
            preconditionFailure("a server was run twice")
        }
        let listener = try await ServerBootstrap(group: self.group)
            // Where the process, or the machine, has no descriptors left, accepting is tried again after a second.
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        AcceptBackoffHandler(shouldForwardIOErrorCaught: false)
                    )
                }
            }
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.accept(channel) }
            }
            // A client may close its sending side and still wait for the response; if it closes both, the connection
            // becomes inactive.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 128 * 1024, high: 512 * 1024))
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 4096, maximum: 256 * 1024)
            )
            .withBoundSocket(descriptor)
            .get()
        let connections = self.server.connections
        connections.listening(listener)
        let most = self.server.settings.current.maximumConnections
        self.server.logger.info("serving the API", metadata: ["connections.maximum": "\(most)"])
        let emptied = self.group.any().makePromise(of: Void.self)
        try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                try await listener.closeFuture.get()
                let isLost = connections.phase != .closing
                if isLost { connections.abort() }
                connections.whenEmpty(emptied)
                try await emptied.futureResult.get()
                if isLost { throw ListenerLost() }
            } onGracefulShutdown: {
                connections.drain()
            }
        } onCancel: {
            connections.abort()
        }
    }

    /// Sets a new connection up, on its event loop.
    private func accept(_ channel: any Channel) throws {
        let credentials = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { (handle) throws in
            // NIO's accepted sockets are not close-on-exec. The descriptor is NIO's: it is given back at once.
            let descriptor = OwnedDescriptor(owning: handle)
            try? descriptor.setCloseOnExec(true)
            return try PeerCredentials.of(descriptor.release())
        }
        guard let credentials else { throw ChannelError.operationUnsupported }
        let handler = ConnectionHandler(server: self.server, credentials: credentials)
        try channel.pipeline.syncOperations.addHandlers(
            ArrivalHandler(handler),
            ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)),
            handler
        )
    }
}

/// The listening socket went away without anybody shutting the server down.
public struct ListenerLost: Error, CustomStringConvertible {
    public var description: String { "the listening socket was closed" }
}

/// Tells the connection's handler about bytes before the decoder has made anything of them.
private final class ArrivalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let handler: ConnectionHandler

    init(_ handler: ConnectionHandler) {
        self.handler = handler
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.handler.bytesArrived(self.unwrapInboundIn(data).readableBytes)
        context.fireChannelRead(data)
    }
}
