/// Counts workers that ended before they were ready, so that tasks do not wait for ever for workers that cannot start. Pure;
/// owned by ``WorkerAllocation``.
///
/// Workers that were starting at the same time end together when their fork server dies: they count as one failure.
struct WorkerStartFailures: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// Failures in a row after which waiting tasks fail, if the failures have lasted for ``patience``.
    static let maxStartFailures = 3
    /// The shortest time from the first failure in a row to one that fails waiting tasks. Workers that cannot start fail
    /// within milliseconds, and so do starting workers that the kernel kills for want of memory: a few of these are no reason
    /// to fail tasks that have not begun.
    static let patience = Duration.seconds(2)

    private var count = 0
    private var first: Instant?
    private var last: Instant?
    /// The newest worker that existed at the last counted failure.
    private var newestCounted: UInt64 = 0

    /// Counts a failed start.
    ///
    /// - Parameters:
    ///   - id: The worker.
    ///   - newest: The number of the newest worker.
    ///   - now: The time.
    mutating func workerFailed(_ id: WorkerID, newest: UInt64, at now: Instant) {
        guard id.number > self.newestCounted else { return }
        self.count += 1
        self.first = self.first ?? now
        self.last = now
        self.newestCounted = newest
    }

    mutating func workerBecameReady() {
        self.count = 0
        self.first = nil
        self.last = nil
    }

    /// Whether waiting tasks are to fail.
    var isExhausted: Bool {
        guard self.count >= Self.maxStartFailures, let first = self.first, let last = self.last else { return false }
        return last - first >= Self.patience
    }

    /// The delay before the next fork. The end of a fork server and the end of its workers are reported over different
    /// sockets, so the workers' end may be seen first; without a delay the next fork would be requested from the dead server.
    var delay: Duration { .milliseconds(self.count >= Self.maxStartFailures ? 200 : 10) }
}
