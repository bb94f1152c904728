/// The time and the memory that a task used.
public struct TaskUsage: Equatable, Sendable {
    /// The time from the acceptance of the task until it was sent to a worker.
    public var queued: Duration
    /// The time from when the task was sent to a worker until the outcome, measured by the broker.
    public var wall: Duration
    /// User and system time: reported by the worker with its result, otherwise by the kernel at the worker's exit.
    public var cpu: Duration
    /// The largest resident set, in bytes.
    public var peakResidentBytes: Int
    /// The time from when the task had a slot until its worker started it; nil when no worker started it.
    public var start: Duration?
    /// The time in the worker by phase; nil when the worker sent no result.
    public var phases: TaskPhases?

    public init(
        queued: Duration = .zero,
        wall: Duration = .zero,
        cpu: Duration = .zero,
        peakResidentBytes: Int = 0,
        start: Duration? = nil,
        phases: TaskPhases? = nil
    ) {
        self.queued = queued
        self.wall = wall
        self.cpu = cpu
        self.peakResidentBytes = peakResidentBytes
        self.start = start
        self.phases = phases
    }
}
