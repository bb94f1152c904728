import Linux

/// The time of all processors since the machine started (`cpu` in proc_stat(5)).
struct ProcessorTime: Equatable {
    /// The time in which this virtual machine had work, but the hypervisor ran other machines.
    var stolen: Int
    /// The total time, including idle time.
    var total: Int

    /// - Parameter stat: The text of /proc/stat. The result is nil if the text does not have these numbers.
    init?(_ stat: String) {
        let line = stat.prefix { $0 != "\n" }.split(separator: " ")
        // The eight fields are user, nice, system, idle, iowait, irq, softirq and steal. The two guest fields after them are
        // left out, because their time is also part of user and nice.
        let fields = line.dropFirst().prefix(8).compactMap { Int($0) }
        guard line.first == "cpu", fields.count == 8, fields.allSatisfy({ 0..<(Int.max / 8) ~= $0 }) else { return nil }
        self.stolen = fields[7]
        self.total = fields.reduce(0, +)
    }

    /// The values at this moment; nil if /proc/stat cannot be read.
    static var now: ProcessorTime? {
        (try? FileSystem.readText("/proc/stat")).flatMap { ProcessorTime($0) }
    }

    /// The stolen share of the processors' time since an earlier moment, from 0 to 1.
    func stolenShare(since earlier: ProcessorTime) -> Double {
        guard self.total > earlier.total else { return 0 }
        return Double(max(0, self.stolen - earlier.stolen)) / Double(self.total - earlier.total)
    }
}
