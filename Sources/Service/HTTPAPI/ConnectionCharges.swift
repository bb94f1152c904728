import Tasks

/// The memory that one connection uses in its user's memory account. Owned by one ``ConnectionHandler``, on its event loop.
struct ConnectionCharges {
    /// The fixed charge of a connection: the receive buffer, pipelined bytes that arrived after the current request, heads,
    /// and small responses.
    static let connection = 2 * receiveBuffer
    /// The largest receive buffer. At most one read's bytes are pipelined after a request.
    static let receiveBuffer = 64 << 10
    /// Responses up to this size are covered by the fixed charge.
    private static let smallResponse = 4096

    private let memory: UserMemory
    private let uid: UInt32
    /// The size of the body, charged from its arrival until a worker has received it.
    private var body = 0
    /// The size of the code, charged until the task ends.
    private var code = 0
    /// The size of a large response that belongs to no task, charged until it is written.
    private var response = 0
    /// The reserved memory of a task's answer, held until the answer is written.
    private var answer: AnswerReservation?

    init(_ memory: UserMemory, for uid: UInt32) {
        self.memory = memory
        self.uid = uid
    }

    /// Charges a part of a body that has arrived.
    ///
    /// - Returns: Whether the account had room; if not, nothing is charged.
    mutating func bodyReceived(_ count: Int) -> Bool {
        guard self.memory.take(count, for: self.uid) else { return false }
        self.body += count
        return true
    }

    /// Charges the code of a task, which is stored in addition to the body from which it was decoded.
    ///
    /// - Returns: Whether the account had room; if not, nothing is charged.
    mutating func codeRead(_ count: Int) -> Bool {
        guard self.memory.take(count, for: self.uid) else { return false }
        self.code += count
        return true
    }

    /// Ends the charge of the body, which is no longer in memory or is about to be freed.
    mutating func releaseBody() {
        Self.release(&self.body, self.memory, self.uid)
    }

    /// Ends the charges of body and code when neither is in memory any more.
    mutating func releaseRequest() {
        Self.release(&self.body, self.memory, self.uid)
        Self.release(&self.code, self.memory, self.uid)
    }

    /// Holds the reservation of a task's answer until the answer is written.
    mutating func keep(_ reservation: AnswerReservation?) {
        self.answer = reservation
    }

    /// Charges the memory of a response that belongs to no task. The charge lasts until the response is written. Small
    /// responses are not charged.
    ///
    /// - Returns: Whether the account had room; if not, nothing is charged.
    mutating func responseBegins(_ count: Int) -> Bool {
        guard count > Self.smallResponse else { return true }
        guard self.memory.take(count, for: self.uid) else { return false }
        self.response += count
        return true
    }

    /// Ends the charge of a response that was written or whose client has disconnected.
    ///
    /// - Returns: The reservation of the task's answer. The caller releases it after this mutating call, because the
    ///   release may start other tasks, which emit events to connections.
    mutating func responseEnded() -> AnswerReservation? {
        Self.release(&self.response, self.memory, self.uid)
        return self.answer.take()
    }

    private static func release(_ charge: inout Int, _ memory: UserMemory, _ uid: UInt32) {
        guard charge > 0 else { return }
        memory.release(charge, for: uid)
        charge = 0
    }
}
