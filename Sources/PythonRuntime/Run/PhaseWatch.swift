import Tasks

/// Adds up where a task's time goes: every moment belongs to the phase that is under way, however the task ends.
struct PhaseWatch {
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

    /// Another phase begins.
    mutating func enter(_ phase: Phase, at now: Instant) {
        self.phases = self.total(at: now)
        self.phase = phase
        self.since = now
    }

    /// All of it until now.
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
