/// The offers that were made: which may be taken, and which ended so lately that the broker need not know it yet.
struct OfferBook {
    typealias Instant = ContinuousClock.Instant

    /// How long offers are good for.
    struct Terms {
        var validity: Duration
        /// Up to how much longer, by chance.
        var jitter: Duration
        /// How long after its end an offer may still be taken.
        var lateness: Duration
    }

    /// The most offers that are remembered after their end. Whoever has offers renewed faster than they end, by naming
    /// some that never were, gets no memory for it.
    static let maximumLapsed = 1000

    private let terms: Terms
    /// Offers that may be taken, and when they end.
    private var current: [String: Instant] = [:]
    /// Offers that have ended, and when to forget them.
    private var lapsed: [String: Instant] = [:]

    init(_ terms: Terms) {
        self.terms = terms
    }

    /// Offers that may be taken and have not ended.
    var count: Int { self.current.count }
    /// When the next of them ends.
    var nextEnd: Instant? { self.current.values.min() }

    /// Makes one more.
    ///
    /// - Returns: Its name, which nobody can guess, and for how long it is good, in whole milliseconds as the broker is
    ///   told.
    mutating func make(
        at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> (id: String, validity: Duration) {
        let id = RunnerStateMachine.identifier(using: &generator)
        let jitter = self.terms.jitter * Double.random(in: 0...1, using: &generator)
        let (seconds, attoseconds) = (self.terms.validity + jitter).components
        let validity = Duration.milliseconds(seconds * 1000 + attoseconds / 1_000_000_000_000_000)
        self.current[id] = now + validity
        return (id, validity)
    }

    /// Takes an offer, unless it was taken before, never made, or has ended for too long.
    mutating func take(_ id: String) -> Bool {
        self.current.removeValue(forKey: id) != nil || self.lapsed.removeValue(forKey: id) != nil
    }

    /// Lets offers end whose time has come.
    mutating func expire(at now: Instant) {
        for (id, end) in self.lapsed where end <= now { self.lapsed[id] = nil }
        for (id, end) in self.current where end <= now { self.lapse(id, end, at: now) }
    }

    /// Lets the one end that would end first, if there is any.
    mutating func expireOldest(at now: Instant) {
        guard let oldest = self.current.min(by: { $0.value < $1.value }) else { return }
        self.lapse(oldest.key, oldest.value, at: now)
    }

    private mutating func lapse(_ id: String, _ end: Instant, at now: Instant) {
        self.current[id] = nil
        let forgotten = end + self.terms.lateness
        guard forgotten > now, self.lapsed.count < Self.maximumLapsed else { return }
        self.lapsed[id] = forgotten
    }

    /// Takes all of them back.
    mutating func clear() {
        self.current = [:]
        self.lapsed = [:]
    }
}
