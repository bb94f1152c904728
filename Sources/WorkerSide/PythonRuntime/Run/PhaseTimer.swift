import Tasks

/// Adds up the time that a task spends in each phase. All time counts for the current phase, however the task ends.
/// Each run has one value, and passes the current time to it.
struct PhaseTimer {
    typealias Instant = ContinuousClock.Instant

    enum Phase {
        case decode
        case run
        case encode
    }

    private var phases = TaskPhases()
    private var phase = Phase.decode
    private var since: Instant

    init(at now: Instant) {
        self.since = now
    }

    /// Begins another phase.
    mutating func enter(_ phase: Phase, at now: Instant) {
        self.phases = self.total(at: now)
        self.phase = phase
        self.since = now
    }

    /// The time of every phase up to `now`.
    func total(at now: Instant) -> TaskPhases {
        var phases = self.phases
        let spent = now - self.since
        switch self.phase {
        case .decode: phases.decode += spent
        case .run: phases.run += spent
        case .encode: phases.encode += spent
        }
        return phases
    }
}
