public import Tasks

/// The resource usage that a worker reports. Untrusted: the broker clamps it.
public struct ReportedUsage: Equatable, Sendable {
    public var cpu: Duration
    public var peakResidentBytes: Int
    /// The time by phase; zero in the exit report of a fork server.
    public var phases: TaskPhases

    public init(cpu: Duration, peakResidentBytes: Int, phases: TaskPhases = TaskPhases()) {
        self.cpu = cpu
        self.peakResidentBytes = peakResidentBytes
        self.phases = phases
    }
}
