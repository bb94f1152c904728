import NIOCore
import Synchronization

/// The open connections, and what shutting down means for them.
///
/// While tasks run, the service goes on accepting connections, so that clients are told about the shutdown instead of
/// finding nobody; with the last task's response the listener goes, and every connection as soon as it has nothing to
/// say.
final class ConnectionRegistry: Sendable {
    /// A connection as other event loops may hold it.
    struct Entry: Sendable {
        let eventLoop: any EventLoop
        let handler: NIOLoopBound<ConnectionHandler>

        /// Made on the connection's own event loop.
        init(_ handler: ConnectionHandler, on eventLoop: any EventLoop) {
            self.eventLoop = eventLoop
            self.handler = NIOLoopBound(handler, eventLoop: eventLoop)
        }

        /// What tells connections apart.
        let key = Key()

        final class Key: Sendable, Hashable {
            static func == (left: Key, right: Key) -> Bool { left === right }
            func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
        }
    }

    enum Phase {
        case serving
        /// No new tasks; those that run finish.
        case draining
        /// No new connections either.
        case closing
    }

    private struct State {
        var phase = Phase.serving
        var connections: [Entry.Key: Entry] = [:]
        /// Tasks whose response is outstanding.
        var runs = 0
        var listener: (any Channel)?
        /// Kept when the last connection is gone, once there can be no more.
        var emptied: EventLoopPromise<Void>?

        /// Moves on from draining when nothing runs any more.
        mutating func closeIfIdle() -> Bool {
            guard self.phase == .draining, self.runs == 0 else { return false }
            self.phase = .closing
            return true
        }

        mutating func takeEmptied() -> EventLoopPromise<Void>? {
            guard self.phase == .closing, self.connections.isEmpty else { return nil }
            defer { self.emptied = nil }
            return self.emptied
        }
    }

    private let state = Mutex(State())

    var phase: Phase { self.state.withLock { $0.phase } }

    /// How many connections there are.
    var count: Int { self.state.withLock { $0.connections.count } }

    /// Remembers the listener, which is closed at the end of the shutdown.
    func listening(_ listener: any Channel) {
        let isLate = self.state.withLock { state in
            state.listener = listener
            return state.phase == .closing
        }
        if isLate { listener.close(promise: nil) }
    }

    /// A connection was accepted.
    ///
    /// - Returns: Whether it may stay.
    func opened(_ entry: Entry) -> Bool {
        self.state.withLock { state in
            guard state.phase != .closing else { return false }
            state.connections[entry.key] = entry
            return true
        }
    }

    /// A connection is gone.
    func closed(_ entry: Entry) {
        let emptied = self.state.withLock { state in
            state.connections.removeValue(forKey: entry.key)
            return state.takeEmptied()
        }
        emptied?.succeed()
    }

    /// Keeps `promise` when there are no connections left and there will be none.
    func whenEmpty(_ promise: EventLoopPromise<Void>) {
        let emptied = self.state.withLock { state in
            state.emptied = promise
            return state.takeEmptied()
        }
        emptied?.succeed()
    }

    /// A task is about to be submitted.
    ///
    /// - Returns: Whether it may be. If so, ``endRun()`` follows once its response is handed over.
    func beginRun() -> Bool {
        self.state.withLock { state in
            guard state.phase == .serving else { return false }
            state.runs += 1
            return true
        }
    }

    /// The response to a task was handed over, or nobody waits for it any more.
    func endRun() {
        let isOver = self.state.withLock { state in
            state.runs -= 1
            return state.closeIfIdle()
        }
        if isOver { self.close() }
    }

    /// Shuts down: no new tasks from now on, and the rest as they end.
    func drain() {
        let (isOver, connections) = self.state.withLock { state in
            guard state.phase == .serving else { return (false, [Entry]()) }
            state.phase = .draining
            return (state.closeIfIdle(), Array(state.connections.values))
        }
        if isOver {
            self.close()
        } else {
            self.tell(connections) { $0.drain(isFinal: false) }
        }
    }

    /// Closes everything at once, whatever is outstanding.
    func abort() {
        let (listener, connections) = self.state.withLock { state in
            state.phase = .closing
            return (state.listener, Array(state.connections.values))
        }
        listener?.close(promise: nil)
        self.tell(connections) { $0.abort() }
    }

    private func close() {
        let (listener, connections) = self.state.withLock { ($0.listener, Array($0.connections.values)) }
        listener?.close(promise: nil)
        self.tell(connections) { $0.drain(isFinal: true) }
    }

    private func tell(_ connections: [Entry], _ body: @escaping @Sendable (ConnectionHandler) -> Void) {
        for connection in connections {
            connection.eventLoop.execute { body(connection.handler.value) }
        }
    }
}
