/// Counts what the broker keeps in memory for each user, and decides what it may keep. Owned by ``UserMemory``. Pure.
///
/// Two kinds of bytes are counted: those of *requests* (connections, bodies, code, responses without a task), which are
/// refused when there is no room, and those reserved for *answers* of tasks (results and prints), for which a task waits. A
/// request always leaves room for one answer, so that a user whose requests fill the account still gets its tasks done.
public struct MemoryAccount: Sendable {
    /// What may be kept.
    public struct Limits: Equatable, Sendable {
        /// Bytes of one user.
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

    /// A lowered limit holds for what is kept from then on.
    public var limits: Limits
    private var users: [UInt32: User] = [:]

    public init(_ limits: Limits) {
        self.limits = limits
    }

    /// How many bytes are kept for a user.
    public func kept(for uid: UInt32) -> Int {
        self.users[uid].map { $0.requests + $0.answers } ?? 0
    }

    /// Bytes of a request are about to be kept.
    ///
    /// - Returns: Whether they may be. If so, ``release(_:for:)`` follows.
    public mutating func take(_ count: Int, for uid: UInt32) -> Bool {
        let user = self.users[uid] ?? User()
        let room = self.limits.perUser - user.requests - max(user.answers, self.limits.answer)
        guard count <= room else { return false }
        self.users[uid, default: user].requests += count
        return true
    }

    /// Bytes of a request are not kept any more.
    public mutating func release(_ count: Int, for uid: UInt32) {
        self.users[uid]?.requests -= count
        self.forget(uid)
    }

    /// A task of the user could start. A user without a reservation always gets one.
    ///
    /// - Returns: How many bytes are reserved, for ``releaseAnswer(_:for:)``; nil when the task has to wait for room.
    public mutating func reserveAnswer(for uid: UInt32) -> Int? {
        let user = self.users[uid] ?? User()
        let count = self.limits.answer
        guard user.answers == 0 || count <= self.limits.perUser - user.requests - user.answers else { return nil }
        self.users[uid, default: user].answers += count
        return count
    }

    /// The answer of a task was written, or is not needed any more.
    public mutating func releaseAnswer(_ count: Int, for uid: UInt32) {
        self.users[uid]?.answers -= count
        self.forget(uid)
    }

    /// Users come and go: no entry is kept for one that has nothing.
    private mutating func forget(_ uid: UInt32) {
        guard let user = self.users[uid], user.requests <= 0, user.answers <= 0 else { return }
        self.users[uid] = nil
    }
}

extension TaskLimits {
    /// The most that the broker keeps of one answer: the result, and three copies of the prints, whose bytes take up to six
    /// each as JSON: those that are collected, those that wait to be streamed, and those of the response.
    public var answerMemory: Int {
        let prints = self.log.multipliedReportingOverflow(by: 18)
        let sum = self.output.addingReportingOverflow(prints.partialValue)
        return prints.overflow || sum.overflow ? .max : sum.partialValue
    }
}
