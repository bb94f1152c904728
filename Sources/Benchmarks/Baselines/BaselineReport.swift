internal import Wire

/// The baselines of a benchmark: the duration of a worker's life without the service. The benchmark's figures are
/// divided by them. `terrarium-baseline` measures them in a fork server with the service's interpreter, preload and
/// confinement.
public struct BaselineReport: Equatable, Sendable {
    /// The median time of fork, exit and wait of a process with the interpreter, without a task.
    public var bareFork: Duration
    /// The median time to fork, confine, run a task, exit and wait, one worker at a time.
    public var confinedTask: Duration
    /// The mean time for one worker of the same sequence, while two workers are outstanding.
    public var pairedTask: Duration

    /// An upper bound of a report's size, in bytes.
    public static let maximumSize = 64

    public init(bareFork: Duration, confinedTask: Duration, pairedTask: Duration) {
        self.bareFork = bareFork
        self.confinedTask = confinedTask
        self.pairedTask = pairedTask
    }

    public var encoded: [UInt8] {
        var writer = WireWriter()
        writer.write(self.bareFork)
        writer.write(self.confinedTask)
        writer.write(self.pairedTask)
        return writer.bytes
    }

    /// - Throws: `WireError` if `bytes` are not exactly one report.
    public init(decoding bytes: [UInt8]) throws {
        var reader = WireReader(bytes)
        self.bareFork = try reader.readDuration("bare fork")
        self.confinedTask = try reader.readDuration("confined task")
        self.pairedTask = try reader.readDuration("paired task")
        try reader.finish()
    }
}
