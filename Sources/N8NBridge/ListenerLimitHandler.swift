import Glibc
import Logging
import NIOCore

/// What a listener may use.
struct ListenerLimits: Sendable {
    /// Connections that wait for their request or are answered.
    var connections = 32
    /// Connections beside these that are being closed.
    var closing = 8
    /// How long a connection lasts, from its acceptance to the last byte of the response.
    var requestTimeout = Duration.seconds(5)
    /// How long nothing is accepted after the process or the machine had no descriptor left.
    var acceptRetry = Duration.milliseconds(250)
}

/// Keeps a listener within its limits. Stands in the pipeline of the server channel, on whose event loop it does all.
///
/// Accepting is paused by `autoRead`, not by holding `read` back: when accept(2) fails at once, NIO's channel still has its
/// read pending and stays registered, so that epoll reports the same connection again and again (what NIO's own
/// `AcceptBackoffHandler` does not stop).
///
/// It knows nothing of the protocol. A connection says ``RequestReceived`` when it has all of its request.
final class ListenerLimitHandler: ChannelInboundHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel

    /// Fired into the listener's pipeline for a connection whose request is complete.
    struct RequestReceived: Sendable {
        private let id: ObjectIdentifier

        /// Tells the listener of `connection`, if it has one.
        static func tell(about connection: any Channel) {
            let event = Self(id: ObjectIdentifier(connection))
            connection.parent?.pipeline.fireUserInboundEventTriggered(event)
        }

        fileprivate var connection: ObjectIdentifier { self.id }
    }

    private struct Connection {
        /// Held until it is closed, so that no other channel gets its identity.
        var channel: any Channel
        var deadline: Scheduled<Void>
    }

    private let name: String
    private let limits: ListenerLimits
    private let logger: Logger
    private var slots: ConnectionSlots<ObjectIdentifier>
    private var connections: [ObjectIdentifier: Connection] = [:]
    private var isPaused = false
    private var backoff: Scheduled<Void>?
    private var failurePace = LogPace(interval: .seconds(1))
    private var evictionPace = LogPace(interval: .seconds(60))

    /// Makes the handler of one listener.
    ///
    /// - Parameters:
    ///   - name: What log lines call the listener.
    ///   - limits: What it may use.
    ///   - logger: Where trouble is told.
    init(name: String, limits: ListenerLimits, logger: Logger) {
        self.name = name
        self.limits = limits
        self.logger = logger
        self.slots = ConnectionSlots(capacity: limits.connections, margin: limits.closing)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let channel = self.unwrapInboundIn(data)
        let id = ObjectIdentifier(channel)
        let deadline = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(self.limits.requestTimeout)) {
            channel.close(promise: nil)
        }
        self.connections[id] = Connection(channel: channel, deadline: deadline)
        // The channel may live on another event loop.
        channel.closeFuture.hop(to: context.eventLoop).assumeIsolated().whenComplete { _ in
            self.connections.removeValue(forKey: id)?.deadline.cancel()
            self.slots.closed(id)
            self.pauseOrResume(context)
        }
        let evicted = self.slots.accepted(id)
        context.fireChannelRead(data)
        if let evicted { self.evict(evicted) }
        self.pauseOrResume(context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? RequestReceived {
            self.slots.requestReceived(event.connection)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Others are fatal to NIO's channel, which closes, or cost no more than the one connection (ECONNABORTED).
        guard let error = error as? IOError, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errnoCode) else {
            context.fireErrorCaught(error)
            return
        }
        if let suppressed = self.failurePace.admit(at: .now()) {
            self.logger.warning(
                "cannot accept connections",
                metadata: [
                    "listener": "\(self.name)", "error": "\(error)", "connections": "\(self.slots.count)",
                    "lines.suppressed": "\(suppressed)",
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

    func channelInactive(context: ChannelHandlerContext) {
        self.backoff?.cancel()
        self.backoff = nil
        for id in self.slots.listenerClosed() { self.connections[id]?.channel.close(promise: nil) }
        context.fireChannelInactive()
    }

    private func evict(_ id: ObjectIdentifier) {
        self.connections[id]?.channel.close(promise: nil)
        guard let suppressed = self.evictionPace.admit(at: .now()) else { return }
        self.logger.warning(
            "too many connections: one that had not sent its request is closed",
            metadata: [
                "listener": "\(self.name)", "connections.maximum": "\(self.limits.connections)",
                "lines.suppressed": "\(suppressed)",
            ]
        )
    }

    private func pauseOrResume(_ context: ChannelHandlerContext) {
        guard self.slots.isAccepting == self.isPaused else { return }
        self.isPaused.toggle()
        // Fails on a channel that is closed, which accepts nothing either way.
        try? context.channel.syncOptions?.setOption(.autoRead, value: !self.isPaused)
    }
}
