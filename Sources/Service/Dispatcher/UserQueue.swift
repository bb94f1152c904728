import DequeModule
import Tasks

/// The tasks of one user for ``FairQueue``: how many have started, and which wait, oldest first.
///
/// The id of a cancelled task stays in the queue as a stale id until it reaches the front or stale ids outnumber the
/// others. Appending, removing the oldest and cancelling therefore take constant time on average, whatever the queue's
/// length.
struct UserQueue: Sendable {
    /// The number of started tasks without an outcome.
    var running = 0
    /// The number of started tasks whose answer is not written yet, including running tasks.
    var started = 0
    /// The number of the user's last start, from a counter of the starts of all users. A smaller number is longer ago.
    var lastTurn: UInt64 = 0
    /// How many tasks wait.
    private(set) var waitingCount = 0
    private var queue = Deque<TaskID>()

    /// The number of stored ids, including stale ones.
    var storedCount: Int { self.queue.count }

    var isEmpty: Bool { self.started == 0 && self.waitingCount == 0 }

    mutating func append(_ id: TaskID) {
        self.queue.append(id)
        self.waitingCount += 1
    }

    /// Removes and returns the oldest waiting task.
    ///
    /// - Parameter isWaiting: Returns whether the task with this id still waits; false for stale ids.
    /// - Returns: The task's id; nil when no task waits.
    mutating func popFirst(where isWaiting: (TaskID) -> Bool) -> TaskID? {
        while let id = self.queue.popFirst() {
            guard isWaiting(id) else { continue }
            self.waitingCount -= 1
            return id
        }
        return nil
    }

    /// Counts the cancellation of a waiting task, whose id is stale from now on.
    ///
    /// - Parameter isWaiting: Returns whether the task with this id still waits; false for stale ids.
    mutating func cancelledOne(where isWaiting: (TaskID) -> Bool) {
        self.waitingCount -= 1
        if self.queue.count > 2 * self.waitingCount + 16 {
            self.queue.removeAll { !isWaiting($0) }
        }
    }
}
