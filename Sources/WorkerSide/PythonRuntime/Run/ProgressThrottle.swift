/// Limits progress reports to one every 50 ms, and always permits the last report. Each run has one value, and passes
/// the current time to it.
struct ProgressThrottle {
    /// The shortest time between two reports.
    private static let interval = Duration.milliseconds(50)

    private let total: Int
    private var next: ContinuousClock.Instant

    init(total: Int, at now: ContinuousClock.Instant) {
        self.total = total
        self.next = now + Self.interval
    }

    /// Whether to report that `done` items are done.
    mutating func shouldReport(done: Int, at now: ContinuousClock.Instant) -> Bool {
        guard now >= self.next || done == self.total else { return false }
        self.next = now + Self.interval
        return true
    }
}
