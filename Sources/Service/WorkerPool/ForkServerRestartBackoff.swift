/// How long to wait before a fork server that ended is started again. Pure; owned by ``ForkServerSupervisor``.
///
/// Counts the fork servers that ended in a row. A worker that becomes ready resets the count: a fork server that serves and
/// dies before it has a usable worker counts as a failed start.
struct ForkServerRestartBackoff: Sendable {
    /// Failures in a row after which tasks fail instead of waiting for the next fork server. Restarts go on.
    static let maxStartFailures = 5
    /// The delay after the second failure. It doubles with each further failure.
    static let initialDelay = Duration.milliseconds(100)
    static let maximumDelay = Duration.seconds(5)

    private var failures = 0

    /// Counts a fork server that ended.
    ///
    /// - Returns: The delay until the restart. The first restart is immediate.
    mutating func serverEnded() -> Duration {
        self.failures += 1
        guard self.failures > 1 else { return .zero }
        // Six doublings exceed the maximum; a larger exponent would overflow.
        return min(Self.initialDelay * (1 << min(self.failures - 2, 6)), Self.maximumDelay)
    }

    mutating func workerBecameReady() { self.failures = 0 }

    /// Whether waiting tasks are to fail.
    var isExhausted: Bool { self.failures >= Self.maxStartFailures }
}
