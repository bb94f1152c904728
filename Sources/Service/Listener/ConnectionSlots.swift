import DequeModule

/// Decides which connections of a listener stay open and when the listener accepts, so that it never holds more than a
/// fixed number of descriptors. Owned by one ``ListenerLimitHandler``.
///
/// A connection is *waiting* until its request is complete, then *answering*. It is *closing* once it was told to close. If
/// `mayClose` is true, a full listener closes the connection that has waited longest: a client that sends its request at
/// once is answered however many connections are idle. If `mayClose` is false, a full listener does not accept.
struct ConnectionSlots<ID: Hashable> {
    private enum State {
        case waiting
        case answering
        case closing
    }

    private let capacity: Int
    private let closingCapacity: Int
    private let mayClose: Bool

    private var states: [ID: State] = [:]
    /// The waiting connections in the order of their arrival; unused if `mayClose` is false. They are few, so removing one
    /// from the middle is cheap.
    private var waiting = Deque<ID>()
    private var closing = 0
    private var isBackingOff = false

    /// - Parameters:
    ///   - capacity: How many connections may be waiting or answering.
    ///   - closing: How many connections may be closing in addition. At this number the listener does not accept.
    ///   - mayClose: Whether waiting connections may be closed to make room for new ones.
    init(capacity: Int, closing: Int, mayClose: Bool = true) {
        self.capacity = capacity
        self.closingCapacity = closing
        self.mayClose = mayClose
    }

    /// How many connections are open.
    var count: Int { self.states.count }

    /// Whether the listener may accept.
    var isAccepting: Bool {
        !self.isBackingOff && self.count < self.capacity + (self.mayClose ? self.closingCapacity : 0)
    }

    /// A connection was accepted.
    ///
    /// - Returns: The connection to close because the listener is full; it may be the new connection.
    mutating func accepted(_ id: ID) -> ID? {
        self.states[id] = .waiting
        guard self.mayClose else { return nil }
        self.waiting.append(id)
        return self.count - self.closing > self.capacity ? self.closeOldest() : nil
    }

    /// A connection's request is complete: from now on it is not closed to make room.
    mutating func requestReceived(_ id: ID) {
        guard self.states[id] == .waiting else { return }
        self.states[id] = .answering
        self.waiting.removeAll { $0 == id }
    }

    /// A connection has closed.
    mutating func closed(_ id: ID) {
        guard let state = self.states.removeValue(forKey: id) else { return }
        switch state {
        case .waiting: self.waiting.removeAll { $0 == id }
        case .answering: break
        case .closing: self.closing -= 1
        }
    }

    /// accept(2) failed because the system or the process is out of descriptors or memory. The listener does not accept
    /// until ``backoffEnded()``.
    ///
    /// - Returns: The waiting connection to close, so that the next attempt to accept has a descriptor.
    mutating func acceptFailed() -> ID? {
        self.isBackingOff = true
        return self.closeOldest()
    }

    /// The listener may accept again after a failure.
    mutating func backoffEnded() {
        self.isBackingOff = false
    }

    /// The listener has closed.
    ///
    /// - Returns: The connections to close: all waiting ones if `mayClose` is true, otherwise none.
    mutating func listenerClosed() -> [ID] {
        var ids: [ID] = []
        while let id = self.closeOldest() { ids.append(id) }
        return ids
    }

    private mutating func closeOldest() -> ID? {
        guard let id = self.waiting.popFirst() else { return nil }
        self.states[id] = .closing
        self.closing += 1
        return id
    }
}
