/// The resources that a running task has used so far.
public struct TaskResources: Equatable, Sendable {
    /// The processor time of the task's worker.
    public var cpu: Duration
    /// The resident set of the task's worker, in bytes.
    public var residentBytes: Int

    public init(cpu: Duration, residentBytes: Int) {
        self.cpu = cpu
        self.residentBytes = residentBytes
    }
}
