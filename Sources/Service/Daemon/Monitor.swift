import Glibc

/// A mutex and a condition variable that protect a value.
///
/// `wait` blocks its thread. Event loops and Swift tasks call `withLock` and `notifyAll` only.
final class Monitor<State: Sendable>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Guarded by `mutex`.
    private var state: State

    init(_ state: State) {
        self.state = state
        pthread_mutex_init(self.mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // CLOCK_MONOTONIC: setting the wall clock does not move a deadline.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(self.condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(self.condition)
        pthread_mutex_destroy(self.mutex)
        self.condition.deallocate()
        self.mutex.deallocate()
    }

    /// Reads or changes the value. The body must be short and must not block.
    func withLock<Result>(_ body: (inout State) -> Result) -> Result {
        pthread_mutex_lock(self.mutex)
        defer { pthread_mutex_unlock(self.mutex) }
        return body(&self.state)
    }

    /// Calls `body` at once and after each `notifyAll`, until it returns a value or the deadline has passed.
    ///
    /// - Returns: The value that `body` returned; nil when the deadline passed first.
    func wait<Result>(
        until deadline: ContinuousClock.Instant? = nil,
        _ body: (inout State) -> Result?
    ) -> Result? {
        pthread_mutex_lock(self.mutex)
        defer { pthread_mutex_unlock(self.mutex) }
        while true {
            if let result = body(&self.state) { return result }
            guard let deadline else {
                pthread_cond_wait(self.condition, self.mutex)
                continue
            }
            guard deadline > .now else { return nil }
            var time = Self.time(of: deadline)
            pthread_cond_timedwait(self.condition, self.mutex, &time)
        }
    }

    /// Makes every thread in `wait` call its body again.
    func notifyAll() {
        pthread_cond_broadcast(self.condition)
    }

    /// Converts the deadline to the clock of the condition variable.
    private static func time(of deadline: ContinuousClock.Instant) -> timespec {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let sum =
            Duration.seconds(now.tv_sec) + .nanoseconds(now.tv_nsec) + max(deadline - .now, .zero)
        let (seconds, attoseconds) = sum.components
        // Rounded up, so that the wait does not end just before the deadline.
        return timespec(tv_sec: Int(seconds), tv_nsec: Int(min(attoseconds / 1_000_000_000 + 1, 999_999_999)))
    }
}
