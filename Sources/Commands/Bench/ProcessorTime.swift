/// What the processors have spent their time on since the machine started (`cpu` in proc_stat(5)).
struct ProcessorTime: Equatable {
    /// What a hypervisor gave to others while this machine had something to do.
    var stolen: Int
    /// All of it, idling too.
    var total: Int

    /// - Parameter stat: The text of /proc/stat; nil comes of one without these numbers.
    init?(_ stat: String) {
        let line = stat.prefix { $0 != "\n" }.split(separator: " ")
        // user, nice, system, idle, iowait, irq, softirq, steal; what a guest of ours uses is counted in them already.
        let fields = line.dropFirst().prefix(8).compactMap { Int($0) }
        guard line.first == "cpu", fields.count == 8, fields.allSatisfy({ 0..<(Int.max / 8) ~= $0 }) else { return nil }
        self.stolen = fields[7]
        self.total = fields.reduce(0, +)
    }

    /// Until now; nil where the system does not say.
    static var now: ProcessorTime? {
        (try? InputFile.text("/proc/stat")).flatMap { ProcessorTime($0) }
    }

    /// The share of the processors that was stolen since an earlier moment, from 0 to 1.
    func stolenShare(since earlier: ProcessorTime) -> Double {
        guard self.total > earlier.total else { return 0 }
        return Double(max(0, self.stolen - earlier.stolen)) / Double(self.total - earlier.total)
    }
}
