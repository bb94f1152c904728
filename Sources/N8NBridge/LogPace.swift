import NIOCore

/// Lets one log line pass in an interval, and counts those that it holds back.
struct LogPace {
    let interval: TimeAmount
    private var next: NIODeadline?
    private var suppressed = 0

    init(interval: TimeAmount) {
        self.interval = interval
    }

    /// Whether a line may be written.
    ///
    /// - Returns: If so, how many were held back since the last one.
    mutating func admit(at now: NIODeadline) -> Int? {
        if let next = self.next, now < next {
            self.suppressed += 1
            return nil
        }
        defer { self.suppressed = 0 }
        self.next = now + self.interval
        return self.suppressed
    }
}
