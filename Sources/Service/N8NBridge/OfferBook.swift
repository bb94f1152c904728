import NIOCore

/// The offers of one connection. Expired offers are still accepted for a short time, because the task broker may have
/// accepted them before it processed the expiry. A value without side effects: time and randomness are arguments. Owned by
/// ``RunnerStateMachine``.
///
/// Every operation takes logarithmic time in the number of open offers, because a task broker can cause any number of
/// offers.
struct OfferBook {
    typealias Instant = ContinuousClock.Instant

    /// The timing of offers.
    struct Terms {
        var validity: Duration
        /// The largest random addition to the validity.
        var jitter: Duration
        /// How long an expired offer is still accepted.
        var lateness: Duration
    }

    /// The largest number of expired offers that are stored. A task broker that accepts unknown offers makes the runner
    /// renew open offers early, so the number of expired offers needs a bound.
    static let maximumLapsed = 1000

    private let terms: Terms
    /// The expiry of each open offer.
    private var current: [String: Instant] = [:]
    /// The open offers ordered by expiry. A used offer stays in the heap until it is the first entry.
    private var schedule = ExpirySchedule()
    /// For each expired offer, until when it is accepted.
    private var lapsed: [String: Instant] = [:]
    /// The expired offers in the order in which they expired, including used ones. An offer that was renewed early can
    /// precede an offer that is accepted for a shorter time, by the jitter at most. ``take(_:at:)`` therefore checks the
    /// time of its offer.
    private var lapsedOrder = CircularBuffer<(id: String, until: Instant)>()

    init(_ terms: Terms) {
        self.terms = terms
    }

    /// The number of open offers.
    var count: Int { self.current.count }
    /// When the first of the open offers expires.
    var nextEnd: Instant? { self.schedule.first?.end }

    /// Creates an offer.
    ///
    /// - Returns: The unguessable identifier of the offer, and its validity in whole milliseconds, the unit of the
    ///   protocol.
    mutating func make(
        at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> (id: String, validity: Duration) {
        let id = RunnerStateMachine.identifier(using: &generator)
        let jitter = self.terms.jitter * Double.random(in: 0...1, using: &generator)
        let (seconds, attoseconds) = (self.terms.validity + jitter).components
        let validity = Duration.milliseconds(seconds * 1000 + attoseconds / 1_000_000_000_000_000)
        self.current[id] = now + validity
        self.schedule.insert((now + validity, id))
        // Removes used offers from the heap when they outnumber the open ones by far.
        if self.schedule.count > 2 * self.current.count + 1000 {
            let current = self.current
            self.schedule.removeAll { current[$0.id] != nil }
        }
        return (id, validity)
    }

    /// Uses up an offer when the task broker accepts it.
    ///
    /// - Returns: Whether the offer was open or recently expired; false if it is unknown or was used before.
    mutating func take(_ id: String, at now: Instant) -> Bool {
        if self.current.removeValue(forKey: id) != nil {
            self.dropUsed()
            return true
        }
        guard let until = self.lapsed.removeValue(forKey: id) else { return false }
        return until > now
    }

    /// Moves offers whose validity has ended to the expired offers, and removes expired offers that are no longer accepted.
    mutating func expire(at now: Instant) {
        while let first = self.lapsedOrder.first, first.until <= now {
            self.lapsedOrder.removeFirst()
            self.lapsed[first.id] = nil
        }
        while let first = self.schedule.first, first.end <= now { self.lapseFirst(at: now) }
    }

    /// Expires the open offer with the earliest expiry.
    mutating func expireOldest(at now: Instant) {
        if self.schedule.first != nil { self.lapseFirst(at: now) }
    }

    private mutating func lapseFirst(at now: Instant) {
        guard let (end, id) = self.schedule.removeFirst() else { return }
        self.current[id] = nil
        self.dropUsed()
        let until = end + self.terms.lateness
        guard until > now, self.lapsedOrder.count < Self.maximumLapsed else { return }
        self.lapsed[id] = until
        self.lapsedOrder.append((id, until))
    }

    /// Removes used offers from the front of the heap, so that its first entry is an open offer.
    private mutating func dropUsed() {
        while let first = self.schedule.first, self.current[first.id] == nil { _ = self.schedule.removeFirst() }
    }

    /// Withdraws all offers.
    mutating func clear() {
        self.current = [:]
        self.schedule = ExpirySchedule()
        self.lapsed = [:]
        self.lapsedOrder = []
    }
}
