/// Limits the rate of one kind of log line: one line passes in each interval, the others are counted. It is used for
/// failures that repeat with every attempt. A pure value: its owner passes the time and writes the line.
public struct LogPace: Sendable {
    private let interval: Duration
    private var next: ContinuousClock.Instant?
    private var suppressed = 0

    public init(interval: Duration = .seconds(1)) {
        self.interval = interval
    }

    /// Whether a line may be written.
    ///
    /// - Returns: The number of lines that were suppressed since the last one; nil when this line is to be suppressed.
    public mutating func admit(at now: ContinuousClock.Instant) -> Int? {
        if let next = self.next, now < next {
            self.suppressed += 1
            return nil
        }
        defer { self.suppressed = 0 }
        self.next = now + self.interval
        return self.suppressed
    }
}
