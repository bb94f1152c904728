/// Counts workers that ended before they were ready, so that tasks do not wait for ever for workers that cannot start. Pure;
/// owned by ``WorkerAllocation``.
///
/// Workers that were starting at the same time end together when their fork server dies: they count as one failure.
struct WorkerStartFailures: Sendable {
    /// Failures in a row after which waiting tasks fail.
    static let maxStartFailures = 3

    private var count = 0
    /// The newest worker that existed at the last counted failure.
    private var newestCounted: UInt64 = 0

    /// Counts a failed start.
    ///
    /// - Parameters:
    ///   - id: The worker.
    ///   - newest: The number of the newest worker.
    mutating func workerFailed(_ id: WorkerID, newest: UInt64) {
        guard id.number > self.newestCounted else { return }
        self.count += 1
        self.newestCounted = newest
    }

    mutating func workerBecameReady() { self.count = 0 }

    /// Whether waiting tasks are to fail.
    var isExhausted: Bool { self.count >= Self.maxStartFailures }

    /// The delay before the next fork. The end of a fork server and the end of its workers are reported over different
    /// sockets, so the workers' end may be seen first; without a delay the next fork would be requested from the dead server.
    var delay: Duration { .milliseconds(self.isExhausted ? 200 : 10) }
}
