import Glibc

/// What the waiting workers of a service in this process hold in memory that is theirs alone. Only root may look.
enum WorkerMemory {
    /// The private dirty bytes of every worker: the processes whose parents are children of this one.
    static func privateDirtyBytes() -> [Int] {
        let parents = Self.parents()
        let own = getpid()
        let servers = Set(parents.filter { $0.value == own }.map(\.key))
        return parents.filter { servers.contains($0.value) }.compactMap { Self.privateDirtyBytes(of: $0.key) }
    }

    /// Every process and its parent.
    private static func parents() -> [pid_t: pid_t] {
        guard let folder = opendir("/proc") else { return [:] }
        defer { closedir(folder) }
        var parents: [pid_t: pid_t] = [:]
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let pid = pid_t(name), let stat = Self.text("/proc/\(pid)/stat") else { continue }
            // Behind the name, which is in parentheses and may hold anything, come the state and the parent.
            let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
            if fields.count > 2, let parent = pid_t(fields[2]) { parents[pid] = parent }
        }
        return parents
    }

    private static func privateDirtyBytes(of pid: pid_t) -> Int? {
        guard let text = Self.text("/proc/\(pid)/smaps_rollup") else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix("Private_Dirty:") {
            let fields = line.split(separator: " ")
            return fields.count > 1 ? Int(fields[1]).map { $0 * 1024 } : nil
        }
        return nil
    }

    private static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return count == 0 ? String(decoding: bytes, as: UTF8.self) : nil }
            bytes.append(contentsOf: buffer[..<count])
        }
    }
}
