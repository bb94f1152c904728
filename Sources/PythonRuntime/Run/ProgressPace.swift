/// Decides when progress is worth telling: for every hundredth of the way, and for the end.
struct ProgressPace {
    private let total: Int
    private let step: Int
    private var next: Int

    init(total: Int) {
        self.total = total
        self.step = max(total / 100, 1)
        self.next = self.step
    }

    /// Whether to tell that so many are done.
    mutating func shouldTell(done: Int) -> Bool {
        guard done >= self.next || done == self.total else { return false }
        self.next = done + self.step
        return true
    }
}
