import NIOCore
import Synchronization

/// The open connections of a server, and the steps of its shutdown.
///
/// While tasks run, the server still accepts connections, so that clients get a response that names the shutdown. After the
/// last task's response, the listener is closed, and each connection is closed as soon as it has no outstanding response.
/// Thread-safe.
final class ConnectionRegistry: Sendable {
    /// A handle to a connection that other event loops may hold.
    struct Entry: Sendable {
        let eventLoop: any EventLoop
        let handler: NIOLoopBound<ConnectionHandler>
        let key = Key()

        /// Must be called on the connection's own event loop.
        init(_ handler: ConnectionHandler, on eventLoop: any EventLoop) {
            self.eventLoop = eventLoop
            self.handler = NIOLoopBound(handler, eventLoop: eventLoop)
        }

        /// Identifies a connection.
        final class Key: Sendable, Hashable {
            static func == (left: Key, right: Key) -> Bool { left === right }
            func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
        }
    }

    enum Phase {
        case serving
        /// New tasks are rejected; accepted tasks continue.
        case draining
        /// New connections are rejected as well.
        case closing
    }

    private struct State {
        var phase = Phase.serving
        var connections: [Entry.Key: Entry] = [:]
        /// The number of tasks whose response is outstanding.
        var openTasks = 0
        var listener: (any Channel)?
        /// Completed when the last connection has closed and no new connection is accepted.
        var emptied: EventLoopPromise<Void>?

        /// Changes from draining to closing if no task is open, and returns whether it did.
        mutating func closeIfIdle() -> Bool {
            guard self.phase == .draining, self.openTasks == 0 else { return false }
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

    /// How many connections are open.
    var count: Int { self.state.withLock { $0.connections.count } }

    /// Stores the listener, which is closed at the end of the shutdown.
    func listening(_ listener: any Channel) {
        let isLate = self.state.withLock { state in
            state.listener = listener
            return state.phase == .closing
        }
        if isLate { listener.close(promise: nil) }
    }

    /// Registers a connection that was accepted.
    ///
    /// - Returns: Whether the connection may stay open; false after the listener was closed.
    func opened(_ entry: Entry) -> Bool {
        self.state.withLock { state in
            guard state.phase != .closing else { return false }
            state.connections[entry.key] = entry
            return true
        }
    }

    /// Removes a connection that has closed.
    func closed(_ entry: Entry) {
        let emptied = self.state.withLock { state in
            state.connections.removeValue(forKey: entry.key)
            return state.takeEmptied()
        }
        emptied?.succeed()
    }

    /// Completes `promise` when the last connection has closed and no new connection is accepted.
    func whenEmpty(_ promise: EventLoopPromise<Void>) {
        let emptied = self.state.withLock { state in
            state.emptied = promise
            return state.takeEmptied()
        }
        emptied?.succeed()
    }

    /// Counts a task that is about to be submitted.
    ///
    /// - Returns: Whether the task may be submitted. If so, the caller must call ``endTask()`` once the response is
    ///   written.
    func beginTask() -> Bool {
        self.state.withLock { state in
            guard state.phase == .serving else { return false }
            state.openTasks += 1
            return true
        }
    }

    /// Ends the count of a task whose response was written or whose client has disconnected.
    func endTask() {
        let isOver = self.state.withLock { state in
            state.openTasks -= 1
            return state.closeIfIdle()
        }
        if isOver { self.close() }
    }

    /// Starts the shutdown: no new tasks are accepted, and listener and connections are closed when the open tasks have
    /// ended.
    func drain() {
        let (isOver, connections) = self.state.withLock { state in
            guard state.phase == .serving else { return (false, [Entry]()) }
            state.phase = .draining
            return (state.closeIfIdle(), Array(state.connections.values))
        }
        if isOver {
            self.close()
        } else {
            Self.forEach(of: connections) { $0.drain(isFinal: false) }
        }
    }

    /// Closes the listener and all connections at once.
    func abort() {
        let (listener, connections) = self.state.withLock { state in
            state.phase = .closing
            return (state.listener, Array(state.connections.values))
        }
        listener?.close(promise: nil)
        Self.forEach(of: connections) { $0.abort() }
    }

    private func close() {
        let (listener, connections) = self.state.withLock { ($0.listener, Array($0.connections.values)) }
        listener?.close(promise: nil)
        Self.forEach(of: connections) { $0.drain(isFinal: true) }
    }

    /// Calls `body` for each connection on its own event loop.
    private static func forEach(of connections: [Entry], _ body: @escaping @Sendable (ConnectionHandler) -> Void) {
        for connection in connections {
            connection.eventLoop.execute { body(connection.handler.value) }
        }
    }
}
