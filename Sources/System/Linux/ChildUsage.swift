internal import CLinux

/// The resource usage of a process, as reported by getrusage(2).
public struct ChildUsage: Hashable, Sendable {
    /// The processor time, user and system.
    public var cpu: Duration
    /// The largest resident set, in bytes.
    public var peakResidentBytes: Int
    /// Page faults that needed no I/O.
    public var minorFaults: Int

    public init(cpu: Duration = .zero, peakResidentBytes: Int = 0, minorFaults: Int = 0) {
        self.cpu = cpu
        self.peakResidentBytes = peakResidentBytes
        self.minorFaults = minorFaults
    }

    init(_ usage: CLinux_usage) {
        self.cpu = .microseconds(usage.cpu_microseconds)
        self.peakResidentBytes = Int(usage.peak_resident_bytes)
        self.minorFaults = Int(usage.minor_faults)
    }
}
