import Glibc
import Linux

/// Reads the private dirty memory of a service's warm workers from /proc. Only root can read it for confined workers.
enum WorkerMemory {
    /// The private dirty bytes of every worker: the processes whose parents are children of the service.
    static func privateDirtyBytes(ofWorkersBelow service: pid_t) -> [Int] {
        let parents = Self.parents()
        let servers = Set(parents.filter { $0.value == service }.map(\.key))
        return parents.filter { servers.contains($0.value) }.compactMap { Self.privateDirtyBytes(of: $0.key) }
    }

    /// The parent's process id of every process.
    private static func parents() -> [pid_t: pid_t] {
        guard let folder = opendir("/proc") else { return [:] }
        defer { closedir(folder) }
        var parents: [pid_t: pid_t] = [:]
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let pid = pid_t(name), let stat = try? FileSystem.readText("/proc/\(pid)/stat") else { continue }
            // The state and the parent follow the process name, which is in parentheses and may contain any characters.
            let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
            if fields.count > 2, let parent = pid_t(fields[2]) { parents[pid] = parent }
        }
        return parents
    }

    private static func privateDirtyBytes(of pid: pid_t) -> Int? {
        guard let text = try? FileSystem.readText("/proc/\(pid)/smaps_rollup") else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix("Private_Dirty:") {
            let fields = line.split(separator: " ")
            return fields.count > 1 ? Int(fields[1]).map { $0 * 1024 } : nil
        }
        return nil
    }
}
