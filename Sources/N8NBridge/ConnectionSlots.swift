/// Decides which connections of a listener stay and when it accepts, so that it never has more than so many descriptors.
///
/// A connection is *waiting* until its request is complete, then *answering*, and *closing* once it was told to close.
/// A full listener closes the connection that has waited longest: a client that sends its request at once is answered
/// however many idle connections there are.
struct ConnectionSlots<ID: Hashable> {
    private enum State {
        case waiting
        case answering
        case closing
    }

    /// How many connections may wait or be answered.
    let capacity: Int
    /// How many more may be open because closing them takes its time. With so many nothing is accepted.
    let margin: Int

    private var states: [ID: State] = [:]
    /// Those that wait, in the order of their arrival. There are few, so that taking one out of the middle is cheap.
    private var waiting: [ID] = []
    private var closing = 0
    private var isBackingOff = false

    init(capacity: Int, margin: Int) {
        self.capacity = capacity
        self.margin = margin
    }

    /// How many connections are open.
    var count: Int { self.states.count }

    /// Whether the listener accepts.
    var isAccepting: Bool { !self.isBackingOff && self.count < self.capacity + self.margin }

    /// A connection was accepted.
    ///
    /// - Returns: The connection to close because there are too many; it may be the new one.
    mutating func accepted(_ id: ID) -> ID? {
        self.states[id] = .waiting
        self.waiting.append(id)
        return self.count - self.closing > self.capacity ? self.closeOldest() : nil
    }

    /// A connection's request is complete: it is answered and not closed to make room.
    mutating func requestReceived(_ id: ID) {
        guard self.states[id] == .waiting else { return }
        self.states[id] = .answering
        self.waiting.removeAll { $0 == id }
    }

    /// A connection is closed, for whatever reason.
    mutating func closed(_ id: ID) {
        guard let state = self.states.removeValue(forKey: id) else { return }
        switch state {
        case .waiting: self.waiting.removeAll { $0 == id }
        case .answering: break
        case .closing: self.closing -= 1
        }
    }

    /// The machine or the process has no descriptor or no memory for another connection. Nothing is accepted until
    /// ``backoffEnded()``.
    ///
    /// - Returns: The connection to close so that the next attempt has a descriptor.
    mutating func acceptFailed() -> ID? {
        self.isBackingOff = true
        return self.closeOldest()
    }

    /// Accepting may be tried again.
    mutating func backoffEnded() {
        self.isBackingOff = false
    }

    /// The listener is closed.
    ///
    /// - Returns: The connections to close: those whose request is not complete.
    mutating func listenerClosed() -> [ID] {
        var ids: [ID] = []
        while let id = self.closeOldest() { ids.append(id) }
        return ids
    }

    private mutating func closeOldest() -> ID? {
        guard !self.waiting.isEmpty else { return nil }
        let id = self.waiting.removeFirst()
        self.states[id] = .closing
        self.closing += 1
        return id
    }
}
