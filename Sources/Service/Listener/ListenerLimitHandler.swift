import Glibc
public import Logging
public import NIOCore
import Tasks

/// Enforces the ``ListenerLimits`` of a listener. It is a handler in the pipeline of the server channel, runs on that
/// channel's event loop, and performs the decisions of ``ConnectionSlots``.
///
/// The handler pauses accepting with `autoRead` rather than by delaying `read`. When accept(2) fails, NIO's channel still
/// has a pending read and stays registered, so that epoll reports the same connection again and again. NIO's own
/// `AcceptBackoffHandler` does not prevent this.
///
/// The handler does not know the protocol. If the listener may close connections, each connection must report
/// ``RequestReceived`` when its request is complete.
public final class ListenerLimitHandler: ChannelInboundHandler {
    public typealias InboundIn = any Channel
    public typealias InboundOut = any Channel

    /// The event that a connection's request is complete, fired into the listener's pipeline.
    public struct RequestReceived: Sendable {
        fileprivate let connection: ObjectIdentifier

        /// Reports to the listener of `connection`, if it has one, that the connection's request is complete.
        public static func report(for connection: any Channel) {
            let event = Self(connection: ObjectIdentifier(connection))
            connection.parent?.pipeline.fireUserInboundEventTriggered(event)
        }
    }

    private struct Connection {
        /// Retained until the channel has closed, so that no other channel gets the same `ObjectIdentifier`.
        var channel: any Channel
        var deadline: Scheduled<Void>?
    }

    private let name: String
    private let limits: ListenerLimits
    private let logger: Logger
    private var slots: ConnectionSlots<ObjectIdentifier>
    private var connections: [ObjectIdentifier: Connection] = [:]
    private var isPaused = false
    private var backoff: Scheduled<Void>?
    private var failurePace = LogPace()
    private var evictionPace = LogPace(interval: .seconds(60))

    /// Creates the handler of one listener.
    ///
    /// - Parameters:
    ///   - name: The name of the listener in log lines.
    ///   - limits: The limits of the listener's connections.
    ///   - logger: Receives failures to accept and connections that were closed over the limit.
    public init(name: String, limits: ListenerLimits, logger: Logger) {
        self.name = name
        self.limits = limits
        self.logger = logger
        self.slots = ConnectionSlots(
            capacity: limits.connections,
            closing: limits.closing,
            mayClose: limits.connectionTimeout != nil
        )
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let channel = self.unwrapInboundIn(data)
        let id = ObjectIdentifier(channel)
        let deadline = self.limits.connectionTimeout.map { timeout in
            context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(timeout)) { channel.close(promise: nil) }
        }
        self.connections[id] = Connection(channel: channel, deadline: deadline)
        // The accepted channel may run on another event loop.
        channel.closeFuture.hop(to: context.eventLoop).assumeIsolated().whenComplete { _ in
            self.connections.removeValue(forKey: id)?.deadline?.cancel()
            self.slots.closed(id)
            self.pauseOrResume(context)
        }
        let evicted = self.slots.accepted(id)
        context.fireChannelRead(data)
        if let evicted { self.evict(evicted) }
        self.pauseOrResume(context)
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? RequestReceived {
            self.slots.requestReceived(event.connection)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Other errors need no handling here: after most of them NIO closes the listener, and ECONNABORTED concerns only one
        // connection.
        guard let error = error as? IOError, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errnoCode) else {
            context.fireErrorCaught(error)
            return
        }
        if let suppressed = self.failurePace.admit(at: .now) {
            self.logger.warning(
                "cannot accept connections",
                metadata: [
                    "listener": "\(self.name)", "error": "\(error)",
                    "connections": .stringConvertible(self.slots.count),
                    "lines.suppressed": .stringConvertible(suppressed),
                ]
            )
        }
        if let oldest = self.slots.acceptFailed() { self.connections[oldest]?.channel.close(promise: nil) }
        self.pauseOrResume(context)
        self.backoff?.cancel()
        self.backoff = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(self.limits.acceptRetry)) {
            self.slots.backoffEnded()
            self.pauseOrResume(context)
        }
    }

    public func channelInactive(context: ChannelHandlerContext) {
        self.backoff?.cancel()
        self.backoff = nil
        for id in self.slots.listenerClosed() { self.connections[id]?.channel.close(promise: nil) }
        context.fireChannelInactive()
    }

    private func evict(_ id: ObjectIdentifier) {
        self.connections[id]?.channel.close(promise: nil)
        guard let suppressed = self.evictionPace.admit(at: .now) else { return }
        self.logger.warning(
            "too many connections: a connection without a complete request is closed",
            metadata: [
                "listener": "\(self.name)", "connections.maximum": .stringConvertible(self.limits.connections),
                "lines.suppressed": .stringConvertible(suppressed),
            ]
        )
    }

    private func pauseOrResume(_ context: ChannelHandlerContext) {
        guard self.slots.isAccepting == self.isPaused else { return }
        self.isPaused.toggle()
        // `setOption` fails on a closed channel, which does not accept in any case.
        try? context.channel.syncOptions?.setOption(.autoRead, value: !self.isPaused)
    }
}
