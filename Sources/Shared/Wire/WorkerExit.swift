/// How a worker's process ended, as its fork server saw it.
public struct WorkerExit: Equatable, Sendable {
    /// The exit status, when ``signal`` is 0.
    public var status: Int32
    /// The signal that killed it, or 0.
    public var signal: Int32
    public var usage: ReportedUsage

    public init(status: Int32, signal: Int32, usage: ReportedUsage) {
        self.status = status
        self.signal = signal
        self.usage = usage
    }
}
