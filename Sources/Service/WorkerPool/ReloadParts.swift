import Synchronization

/// Combines the reloads of several pools into one: calls `whenEnded` once, when the reload of the last pool has ended.
final class ReloadParts: Sendable {
    private struct State {
        var waiting: Int
        var failures = 0
        var error: WorkerPoolError?
    }

    private let count: Int
    private let state: Mutex<State>
    private let whenEnded: @Sendable (_ error: WorkerPoolError?, _ isPartial: Bool) -> Void

    /// - Parameters:
    ///   - count: The number of pools.
    ///   - whenEnded: Gets the first error, or nil without an error, and whether some reloads succeeded and others
    ///     failed.
    init(count: Int, whenEnded: @escaping @Sendable (_ error: WorkerPoolError?, _ isPartial: Bool) -> Void) {
        self.count = count
        self.state = Mutex(State(waiting: count))
        self.whenEnded = whenEnded
    }

    /// The reload of one pool has ended.
    func ended(_ error: WorkerPoolError?) {
        let end = self.state.withLock { state -> State? in
            state.waiting -= 1
            if let error {
                state.failures += 1
                state.error = state.error ?? error
            }
            return state.waiting == 0 ? state : nil
        }
        if let end { self.whenEnded(end.error, end.failures > 0 && end.failures < self.count) }
    }
}
