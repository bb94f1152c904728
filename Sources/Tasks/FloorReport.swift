/// What a worker's life costs on this machine without anything around it: the floors that latency and throughput are
/// held against. Measured by a fork server, with its own preload and confinement.
public struct FloorReport: Equatable, Sendable {
    /// The median of fork, exit and wait of the interpreter, with nothing in between.
    public var bareFork: Duration
    /// The median of fork, confine, run a task, exit and wait, one at a time.
    public var confinedTask: Duration
    /// The mean time of one task of the same kind while two are outstanding.
    public var pairedTask: Duration

    public init(bareFork: Duration, confinedTask: Duration, pairedTask: Duration) {
        self.bareFork = bareFork
        self.confinedTask = confinedTask
        self.pairedTask = pairedTask
    }
}
