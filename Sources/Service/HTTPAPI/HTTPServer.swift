public import Linux
import Listener
public import Logging
public import NIOCore
import NIOPosix
public import ServiceLifecycle
import Synchronization
public import Tasks

/// The HTTP API of the service on its Unix socket. `Daemon` creates it and runs it.
///
/// Requests are processed on the event loop of their connection, except that large bodies are read on another thread. Submitting a task and writing its outcome need no hop to
/// another thread, unless the dispatcher delivers the outcome on another thread.
///
/// Graceful shutdown: new tasks get a 503 response from that moment on. The server still accepts connections while tasks
/// run, so that clients get this response. ``run()`` returns when the last response is written. Cancelling the Swift task
/// of ``run()`` closes all connections at once.
public final class HTTPServer: Service {
    private let listener: Mutex<CInt?>
    private let group: any EventLoopGroup
    private let server: ServerContext

    /// Creates a server. ``run()`` starts to listen.
    ///
    /// - Parameters:
    ///   - listener: A bound stream socket, which need not listen yet. The caller removes the socket file.
    ///   - group: The event loops of the connections. The caller shuts the group down.
    ///   - dispatcher: Runs the tasks.
    ///   - reporter: Provides the service's state.
    ///   - memory: The memory accounts of all users. The dispatcher must use the same object.
    ///   - settings: Limits and timeouts; ``apply(_:)`` replaces them.
    ///   - logger: Receives refused peers and failed connections.
    ///   - work: Reads bodies that would keep an event loop from its other connections.
    public init(
        listener: consuming OwnedDescriptor,
        group: any EventLoopGroup,
        dispatcher: any TaskDispatching,
        reporter: any ServiceReporting,
        memory: UserMemory,
        settings: HTTPServerSettings,
        logger: Logger,
        work: WorkQueue = WorkQueue()
    ) {
        self.listener = Mutex(listener.release())
        self.group = group
        self.server = ServerContext(
            dispatcher: dispatcher,
            reporter: reporter,
            connections: ConnectionRegistry(),
            traffic: TrafficMeter(),
            settings: ReloadableSettings(settings),
            connectionSlots: PerUserQuota(),
            rejectionSlots: PerUserQuota(),
            memory: memory,
            logger: logger,
            work: work
        )
    }

    deinit {
        if let listener = self.listener.withLock({ $0 }) { _ = OwnedDescriptor(owning: listener) }
    }

    /// Replaces the settings. Each connection uses them from its next request on.
    public func apply(_ settings: HTTPServerSettings) {
        self.server.settings.replace(with: settings)
    }

    /// The bytes received and sent so far.
    public var traffic: (received: Int, sent: Int) { self.server.traffic.total }

    /// How many connections are open.
    public var openConnections: Int { self.server.connections.count }

    /// Serves until graceful shutdown or cancellation. May be called at most once.
    ///
    /// - Throws: NIO's error when listening fails, or ``ListenerLost``.
    public func run() async throws {
        guard let descriptor = self.listener.withLock({ $0.take() }) else {
            // Only an error of this program can break this: the service group runs each service once.
            preconditionFailure("a server was run twice")
        }
        let settings = self.server.settings.current
        let limits = ListenerLimits(
            connections: settings.maximumConnections + settings.maximumRejectionSlots,
            closing: 0,
            // A connection carries many requests, and its handlers enforce a deadline for each request.
            connectionTimeout: nil
        )
        let logger = self.server.logger
        let listener = try await ServerBootstrap(group: self.group)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        ListenerLimitHandler(name: "API", limits: limits, logger: logger)
                    )
                    // The probe comes last, because NIO registers the socket when this closure returns, and traps if the
                    // registration fails.
                    try EpollProbe.check(descriptor)
                }
            }
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.accept(channel) }
            }
            // A client may close its sending side and still wait for the response. If it closes both sides, the connection
            // becomes inactive.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 128 * 1024, high: 512 * 1024))
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(
                    minimum: 2048,
                    initial: 4096,
                    maximum: ConnectionCharges.receiveBuffer
                )
            )
            // The channel reads once per event. Reading stops after a request, so at most the bytes of one read are
            // pipelined after it.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .withBoundSocket(descriptor)
            .get()
        let connections = self.server.connections
        connections.listening(listener)
        logger.info(
            "serving the API",
            metadata: ["connections.maximum": .stringConvertible(settings.maximumConnections)]
        )
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

    /// Builds the pipeline of a new connection, on its event loop.
    private func accept(_ channel: any Channel) throws {
        let credentials = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { (handle) throws in
            // NIO's accepted sockets are not close-on-exec. NIO owns the descriptor, so it is released again at once.
            let descriptor = OwnedDescriptor(owning: handle)
            try? descriptor.setCloseOnExec(true)
            return try PeerCredentials.of(descriptor.release())
        }
        guard let credentials else { throw ChannelError.operationUnsupported }
        try ConnectionPipeline.add(to: channel, server: self.server, credentials: credentials)
    }
}

/// The listening socket was closed without a shutdown.
public struct ListenerLost: Error, CustomStringConvertible {
    public var description: String { "the listening socket of the API was closed without a shutdown" }
}
