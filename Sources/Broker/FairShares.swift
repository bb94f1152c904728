import Synchronization

/// Something there is only so much of, shared among users so that none can take all of it.
///
/// Whoever takes some has to leave at least as much as it then holds. Alone, a user gets one half; with another who takes
/// what can be had each gets a third, and so on: there is always something left for the next one.
final class FairShares: Sendable {
    private struct State {
        var held: [UInt32: Int] = [:]
        var total = 0
    }

    private let state = Mutex(State())

    /// Takes some for a user.
    ///
    /// - Parameters:
    ///   - count: How much.
    ///   - uid: For whom.
    ///   - capacity: How much there is in all; it may be another number each time.
    /// - Returns: Whether the user may have it. If so, ``giveBack(_:of:)`` follows.
    func take(_ count: Int, for uid: UInt32, of capacity: Int) -> Bool {
        self.state.withLock { state in
            let mine = state.held[uid, default: 0] + count
            guard mine <= capacity - state.total - count else { return false }
            state.held[uid] = mine
            state.total += count
            return true
        }
    }

    /// Ends the use of what was taken.
    func giveBack(_ count: Int, of uid: UInt32) {
        self.state.withLock { state in
            let mine = state.held[uid, default: 0] - count
            precondition(mine >= 0, "user \(uid) gives \(count) back and has \(mine + count)")
            // No entry for who holds nothing: users come and go.
            state.held[uid] = mine == 0 ? nil : mine
            state.total -= count
        }
    }
}
