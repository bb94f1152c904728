import DequeModule
import Tasks

/// A bounded list of ended tasks. When it is full, the oldest task of the user with the most tasks is removed, so that
/// one busy user does not displace the tasks of all other users.
struct SharedRing: Sendable {
    let capacity: Int
    private var users: [UInt32: Deque<EndedTask>] = [:]
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    mutating func append(_ task: EndedTask) {
        self.users[task.peer.uid, default: []].append(task)
        self.count += 1
        guard self.count > self.capacity else { return }
        guard let uid = self.users.max(by: { $0.value.count < $1.value.count })?.key else { return }
        self.users[uid]?.removeFirst()
        if self.users[uid]?.isEmpty == true { self.users[uid] = nil }
        self.count -= 1
    }

    /// The tasks of a user, or of all users, in no particular order.
    func tasks(of uid: UInt32?) -> [EndedTask] {
        guard let uid else { return self.users.values.flatMap(\.self) }
        return Array(self.users[uid] ?? [])
    }
}
