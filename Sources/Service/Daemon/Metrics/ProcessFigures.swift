import Glibc
import Linux

/// The figures of this process that Prometheus' client libraries report as `process_…`. Their names here begin with
/// `terrarium_process_`, because node_exporter has its own `process_…` metrics and refuses a text file with the same
/// names.
struct ProcessFigures {
    var cpu: Duration
    var residentBytes: Int
    var openDescriptors: Int
    var maximumDescriptors: Int
    /// When the process started, in seconds since 1970.
    var startedAt: Double

    /// The figures now; nil when proc(5) cannot be read.
    ///
    /// - Parameter startedAt: When the process started, in seconds since 1970.
    init?(startedAt: Double) {
        guard let usage = ProcessUsage.ofThisProcess() else { return nil }
        self.cpu = usage.cpu
        self.residentBytes = usage.residentBytes
        self.openDescriptors = (try? CurrentProcess.descriptorCount()) ?? 0
        self.maximumDescriptors = Int(clamping: (try? ResourceLimit.openFiles.current()) ?? 0)
        self.startedAt = startedAt
    }

    /// The current time, in seconds since 1970.
    static var now: Double {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }
}
