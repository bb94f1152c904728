/// Counts the bytes that the broker keeps in memory for each user, and decides how many it may keep. Owned by
/// ``UserMemory``. A pure value.
///
/// Two kinds of bytes are counted. Bytes of *requests* (connections, bodies, code, responses without a task) are refused if
/// there is no room. Bytes for the *answer* of a task (result and prints) are reserved before the task starts, and the task
/// waits until there is room. Requests always leave room for one answer, so that a user whose requests fill the account can
/// still run tasks.
public struct MemoryAccount: Sendable {
    /// The limits on the bytes that are kept.
    public struct Limits: Equatable, Sendable {
        /// The most bytes that are kept for one user.
        public var perUser: Int
        /// Bytes that are reserved for the answer of one task.
        public var answer: Int

        public init(perUser: Int, answer: Int) {
            self.perUser = perUser
            self.answer = answer
        }

        /// The largest request that can be kept.
        public var largestRequest: Int { max(0, self.perUser - self.answer) }
    }

    private struct User {
        var requests = 0
        var answers = 0
    }

    /// A lowered limit applies to bytes that are taken or reserved afterwards.
    public var limits: Limits
    private var users: [UInt32: User] = [:]

    public init(_ limits: Limits) {
        self.limits = limits
    }

    /// How many bytes are kept for a user.
    public func kept(for uid: UInt32) -> Int {
        self.users[uid].map { $0.requests + $0.answers } ?? 0
    }

    /// Takes bytes for a request.
    ///
    /// - Returns: Whether there was room. If so, the caller must call ``release(_:for:)`` later.
    public mutating func take(_ count: Int, for uid: UInt32) -> Bool {
        let user = self.users[uid] ?? User()
        let room = self.limits.perUser - user.requests - max(user.answers, self.limits.answer)
        guard count <= room else { return false }
        self.users[uid, default: user].requests += count
        return true
    }

    /// Releases bytes of a request that are not kept any more.
    public mutating func release(_ count: Int, for uid: UInt32) {
        self.users[uid]?.requests -= count
        self.forget(uid)
    }

    /// Reserves bytes for the answer of a task that is about to start. A user without any reservation always gets one.
    ///
    /// - Returns: How many bytes are reserved, for ``releaseAnswer(_:for:)``; nil when the task has to wait for room.
    public mutating func reserveAnswer(for uid: UInt32) -> Int? {
        let user = self.users[uid] ?? User()
        let count = self.limits.answer
        guard user.answers == 0 || count <= self.limits.perUser - user.requests - user.answers else { return nil }
        self.users[uid, default: user].answers += count
        return count
    }

    /// Releases the bytes of an answer that was written, or is not needed any more.
    public mutating func releaseAnswer(_ count: Int, for uid: UInt32) {
        self.users[uid]?.answers -= count
        self.forget(uid)
    }

    /// Removes the entry of a user whose counts are both zero. Otherwise the table would grow with every user.
    private mutating func forget(_ uid: UInt32) {
        guard let user = self.users[uid], user.requests <= 0, user.answers <= 0 else { return }
        self.users[uid] = nil
    }
}

extension TaskLimits {
    /// The most bytes that the broker keeps for one answer: the result, and three copies of the prints (the collected ones,
    /// those that wait to be streamed, and those in the response). A byte of a print takes up to six bytes as JSON.
    public var answerMemory: Int {
        let prints = self.log.multipliedReportingOverflow(by: 18)
        let sum = self.output.addingReportingOverflow(prints.partialValue)
        return prints.overflow || sum.overflow ? .max : sum.partialValue
    }
}
