internal import Glibc

/// The processor time and the memory of a process that runs, from proc(5).
public struct ProcessUsage: Equatable, Sendable {
    /// User and system time, in steps of the kernel's clock tick (10 ms).
    public var cpu: Duration
    /// The resident set, in bytes.
    public var residentBytes: Int

    /// Reads the usage of the process behind a pidfd; nil when the process has ended, or proc(5) hides it.
    ///
    /// - Parameter process: Borrowed.
    public init?(of process: borrowing ProcessDescriptor) {
        // The process may be in another pid namespace. The pidfd's entry in fdinfo has its process id in the pid namespace
        // of this process.
        guard let entry = try? FileSystem.readText("/proc/self/fdinfo/\(process.rawValue)"),
            let line = entry.split(separator: "\n").first(where: { $0.hasPrefix("Pid:") }),
            let pid = line.split(separator: "\t").last.flatMap({ Int32($0) }), pid > 0,
            let text = try? FileSystem.readText("/proc/\(pid)/stat"), let usage = Self(stat: text)
        else { return nil }
        // If the process has been waited for meanwhile, another process may have got its id, and the usage is discarded.
        guard (try? process.signal(0)) != nil else { return nil }
        self = usage
    }

    /// The usage of this process; nil where proc(5) cannot be read.
    public static func ofThisProcess() -> Self? {
        (try? FileSystem.readText("/proc/self/stat")).flatMap { Self(stat: $0) }
    }

    /// Parses the text of `/proc/PID/stat`; nil if the text does not have that format.
    init?(stat text: String) {
        // The name, in parentheses, may have any character.
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        // proc(5) numbers the fields from 1: utime is field 14, stime 15 and rss 24. `fields` starts with field 3, which
        // follows the name.
        guard fields.count > 21, let user = Int64(fields[11]), let system = Int64(fields[12]),
            let pages = Int(fields[21]), user >= 0, system >= 0, pages >= 0
        else { return nil }
        let ticks = max(1, sysconf(CInt(_SC_CLK_TCK)))
        let (size, overflow) = pages.multipliedReportingOverflow(by: sysconf(CInt(_SC_PAGESIZE)))
        guard !overflow else { return nil }
        self.cpu = .seconds(Double(user + system) / Double(ticks))
        self.residentBytes = size
    }
}
