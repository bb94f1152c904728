/// What a task that runs has used so far.
public struct TaskResources: Equatable, Sendable {
    /// The processor time of its worker.
    public var cpu: Duration
    /// The resident set of its worker, in bytes.
    public var residentBytes: Int

    public init(cpu: Duration, residentBytes: Int) {
        self.cpu = cpu
        self.residentBytes = residentBytes
    }
}
