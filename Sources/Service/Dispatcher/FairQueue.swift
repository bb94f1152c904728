import Tasks

/// The waiting tasks, shared fairly among users: decides which task starts next and which users may add another task. Owned
/// by ``DispatcherStateMachine``. A value without side effects.
///
/// The next task is the oldest task of the user with the fewest started tasks. Among users with equally many, the user
/// whose last start is the longest ago comes first. A task counts as started until its answer is written, so a user who
/// does not read its answers waits while tasks of other users start.
struct FairQueue: Sendable {
    /// How many tasks of one user may run. A lower value ends no running task.
    var maximumRunning: Int
    /// How many tasks wait, of all users.
    private(set) var waitingCount = 0
    private var users: [UInt32: UserQueue] = [:]
    /// The number of starts so far, of all users.
    private var turns: UInt64 = 0

    init(maximumRunning: Int) {
        self.maximumRunning = maximumRunning
    }

    /// How many started tasks one user may have: running tasks, and tasks whose answer is not written yet. Two more than may
    /// run, so that the next task can start before the answers of finished tasks are written.
    private var maximumStarted: Int { self.maximumRunning + 2 }

    /// Whether a new task of the user may start at once: the user has no waiting task and is below its limits.
    func isFree(_ uid: UInt32) -> Bool {
        guard let user = self.users[uid] else { return true }
        return user.waitingCount == 0 && self.mayStart(user)
    }

    /// Whether a user has fewer waiting tasks than an equal share of a queue of `length`, divided among the users with
    /// waiting tasks. Such a user's task is accepted even if the queue is full. Otherwise one user could fill the queue and
    /// lock out all others.
    func isBelowShare(_ uid: UInt32, of length: Int) -> Bool {
        let mine = self.users[uid]?.waitingCount ?? 0
        let others = self.users.count { $0.key != uid && $0.value.waitingCount > 0 }
        return others > 0 && mine < length / (others + 1)
    }

    mutating func append(_ id: TaskID, for uid: UInt32) {
        self.waitingCount += 1
        self.users[uid, default: UserQueue()].append(id)
    }

    /// A waiting task was cancelled.
    ///
    /// - Parameters:
    ///   - uid: The user of the task.
    ///   - isWaiting: Returns whether the task with this id still waits.
    mutating func cancelledOne(of uid: UInt32, where isWaiting: (TaskID) -> Bool) {
        self.waitingCount -= 1
        self.users[uid]?.cancelledOne(where: isWaiting)
        self.forget(uid)
    }

    /// A task of the user has started.
    mutating func started(for uid: UInt32) {
        self.turns += 1
        self.users[uid, default: UserQueue()].started += 1
        self.users[uid]?.running += 1
        self.users[uid]?.lastTurn = self.turns
    }

    /// A started task has its outcome. Its answer may not be written yet.
    mutating func finished(for uid: UInt32) {
        self.users[uid]?.running -= 1
    }

    /// The answer of a started task was written, or its client has disconnected.
    mutating func answered(for uid: UInt32) {
        self.users[uid]?.started -= 1
        self.forget(uid)
    }

    /// Removes the next task from the queue and counts it as started.
    ///
    /// - Parameters:
    ///   - isWaiting: Returns whether the task with this id still waits.
    ///   - reserve: Reserves memory for one answer of a user; returns nil when the user's account has no room, and the
    ///     user's tasks must wait.
    /// - Returns: The task and the size of the reservation; nil when no waiting task may start.
    mutating func popNext(
        where isWaiting: (TaskID) -> Bool,
        reserve: (UInt32) -> Int?
    ) -> (id: TaskID, reservation: Int)? {
        var withoutMemory: Set<UInt32> = []
        while let uid = self.nextUser(except: withoutMemory) {
            guard let reservation = reserve(uid) else {
                withoutMemory.insert(uid)
                continue
            }
            guard let id = self.users[uid]?.popFirst(where: isWaiting) else {
                // Only an error of this program can break this: the queue counts a task when it stores its id, and a
                // client names no count.
                preconditionFailure("user \(uid) has no task although one is counted")
            }
            self.waitingCount -= 1
            self.started(for: uid)
            return (id, reservation)
        }
        return nil
    }

    /// The user whose task starts next, among the users with a waiting task that may start.
    private func nextUser(except excluded: Set<UInt32>) -> UInt32? {
        var next: (uid: UInt32, user: UserQueue)?
        for (uid, user) in self.users where user.waitingCount > 0 && self.mayStart(user) {
            if excluded.contains(uid) { continue }
            guard let first = next, (first.user.started, first.user.lastTurn) <= (user.started, user.lastTurn) else {
                next = (uid, user)
                continue
            }
        }
        return next?.uid
    }

    private func mayStart(_ user: UserQueue) -> Bool {
        user.running < self.maximumRunning && user.started < self.maximumStarted
    }

    private mutating func forget(_ uid: UInt32) {
        if self.users[uid]?.isEmpty == true { self.users[uid] = nil }
    }
}
