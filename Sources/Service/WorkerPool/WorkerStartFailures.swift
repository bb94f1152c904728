/// Counts workers that ended before they were ready, so that tasks do not wait for ever for workers that cannot start. Pure;
/// owned by ``WorkerAllocation``.
///
/// Workers that were starting at the same time end together when their fork server dies: they count as one failure.
struct WorkerStartFailures: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// The number of failures in a row after which waiting tasks fail, if ``patience`` has passed since the first one.
    static let maxStartFailures = 3
    /// The shortest time between the first failure in a row and a failure for which waiting tasks fail. Workers that
    /// can never start fail within milliseconds, but so do starting workers that the kernel kills because memory is
    /// short. Tasks that have not begun should not fail because of a few such kills.
    static let patience = Duration.seconds(2)

    private var count = 0
    private var first: Instant?
    private var last: Instant?
    /// The number of the newest worker that existed at the last counted failure.
    private var newestCounted: UInt64 = 0

    /// Counts a failed start.
    ///
    /// - Parameters:
    ///   - id: The worker.
    ///   - newest: The number of the newest worker.
    ///   - now: The time of the failure.
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
