/// Limits the rate of messages that a correct task broker never or rarely sends: malformed messages, acceptances of unknown
/// offers, settings of unknown tasks. Each costs a reply, a log line or a renewed offer. A value without side effects:
/// ``SessionHandler`` owns it and closes the connection when the budget is used up.
struct InvalidMessageBudget {
    typealias Instant = ContinuousClock.Instant

    /// How many invalid messages are accepted at once (the size of the token bucket).
    static let burst = 1000
    /// How many invalid messages a second are accepted after a burst.
    static let rate = 100

    private var left = Double(burst)
    private var updated: Instant?

    /// Counts one invalid message.
    ///
    /// - Returns: Whether the budget had room for the message.
    mutating func spend(at now: Instant) -> Bool {
        if let updated = self.updated, updated < now {
            self.left = min(Double(Self.burst), self.left + Double(Self.rate) * ((now - updated) / .seconds(1)))
        }
        self.updated = now
        guard self.left >= 1 else { return false }
        self.left -= 1
        return true
    }
}
