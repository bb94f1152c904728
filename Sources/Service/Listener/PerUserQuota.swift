import Synchronization

/// A quota divided among users: a user may hold at most half of what the other users leave free.
///
/// So a single user can take one half of the quota, and two users that take as much as they can get one third each. A part
/// of the quota is always left for another user. All connections of a server share the object. Thread-safe.
public final class PerUserQuota: Sendable {
    private struct State {
        var taken: [UInt32: Int] = [:]
        var total = 0
    }

    private let state = Mutex(State())

    public init() {}

    /// Takes a part of the quota for a user.
    ///
    /// - Parameters:
    ///   - count: How much to take.
    ///   - uid: The user.
    ///   - capacity: The size of the whole quota, which may differ from call to call.
    /// - Returns: Whether the quota had room. If so, the caller must call ``release(_:for:)`` later.
    public func take(_ count: Int, for uid: UInt32, of capacity: Int) -> Bool {
        self.state.withLock { state in
            let mine = state.taken[uid, default: 0] + count
            guard mine <= capacity - state.total - count else { return false }
            state.taken[uid] = mine
            state.total += count
            return true
        }
    }

    /// Returns `count` to the quota.
    public func release(_ count: Int, for uid: UInt32) {
        self.state.withLock { state in
            let mine = state.taken[uid, default: 0] - count
            // Only an error of this program can break this: every count that is released is one that was taken, and peers
            // and failed connections choose only when.
            precondition(mine >= 0, "user \(uid) releases \(count) of \(mine + count)")
            // A user that holds nothing has no entry, so that the dictionary does not grow with every user ever seen.
            state.taken[uid] = mine == 0 ? nil : mine
            state.total -= count
        }
    }
}
