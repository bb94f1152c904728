/// Decides when progress is worth telling: now and then, and at the end.
struct ProgressPace {
    /// The least time between one telling and the next.
    private static let interval = Duration.milliseconds(50)

    private let total: Int
    private var next: ContinuousClock.Instant

    init(total: Int, at now: ContinuousClock.Instant) {
        self.total = total
        self.next = now + Self.interval
    }

    /// Whether to tell that so many are done.
    mutating func shouldTell(done: Int, at now: ContinuousClock.Instant) -> Bool {
        guard now >= self.next || done == self.total else { return false }
        self.next = now + Self.interval
        return true
    }
}
