public import Linux

/// A group of the unified hierarchy (cgroups(7)) in which fork servers can be put, when the service manager delegated one.
///
/// An extra: limits hold without it. It bounds what all workers of a fork server use together, which no limit of a single
/// process does.
public struct Cgroup: Hashable, Sendable {
    /// The layer's name in reports.
    public static let layerName = "cgroup"

    /// The group's folder.
    public let path: String
    /// The controllers that may be used in it.
    public let controllers: [String]

    /// The group this process is in; nil where there is no unified hierarchy.
    public static func own() -> Cgroup? {
        guard let membership = try? FileSystem.readText("/proc/self/cgroup"),
            let mounts = try? FileSystem.readText("/proc/self/mounts", maximum: 4 << 20)
        else { return nil }
        return self.find(membership: membership, mounts: mounts) {
            try? FileSystem.readText($0 + "/cgroup.controllers")
        }
    }

    /// Finds the group in the texts of /proc/self/cgroup and /proc/self/mounts.
    static func find(membership: String, mounts: String, controllers: (String) -> String?) -> Cgroup? {
        // The unified hierarchy is the one numbered 0, without names of controllers.
        guard let own = membership.split(separator: "\n").first(where: { $0.hasPrefix("0::") }) else { return nil }
        let mount = mounts.split(separator: "\n").lazy
            .map { $0.split(separator: " ") }
            .first { $0.count > 2 && $0[2] == "cgroup2" }
        guard let mount else { return nil }
        let relative = own.dropFirst(3)
        let path = String(mount[1]) + (relative == "/" ? "" : relative)
        guard let text = controllers(path) else { return nil }
        return Cgroup(path: path, controllers: text.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init))
    }

    /// Whether memory and processes can be limited here, and groups made.
    public var isDelegated: Bool {
        self.controllers.contains("memory") && self.controllers.contains("pids")
            && FileSystem.isWritable(self.path) && FileSystem.isWritable(self.path + "/cgroup.subtree_control")
    }

    /// What bounds the memory and the processes of this group, such as `memory.max 1073741824`; empty without limits.
    public var limits: [String] {
        ["memory.max", "pids.max"].compactMap { name in
            guard let text = try? FileSystem.readText(self.path + "/" + name) else { return nil }
            let value = text.split(separator: "\n").first ?? "max"
            return value == "max" ? nil : "\(name) \(value)"
        }
    }

    /// Makes a group below this one with limits of its own.
    ///
    /// A group with members may not have controllers for the groups below it, so this process moves to a leaf first.
    ///
    /// - Parameters:
    ///   - name: The new group's name.
    ///   - memoryBytes: What all of its processes may hold together.
    ///   - processes: How many processes and threads it may have.
    /// - Returns: The new group.
    /// - Throws: `SystemError`.
    public func makeGroup(_ name: String, memoryBytes: UInt64, processes: Int) throws(SystemError) -> Cgroup {
        let leaf = self.path + "/service"
        try FileSystem.makeFolder(leaf)
        try FileSystem.writeText("0", to: leaf + "/cgroup.procs")
        try FileSystem.writeText("+memory +pids", to: self.path + "/cgroup.subtree_control")
        let group = Cgroup(path: self.path + "/" + name, controllers: self.controllers)
        try FileSystem.makeFolder(group.path)
        try FileSystem.writeText("\(memoryBytes)", to: group.path + "/memory.max")
        try FileSystem.writeText("\(processes)", to: group.path + "/pids.max")
        // Without this a worker that runs out of memory would be swapped out rather than ended, where there is swap.
        try? FileSystem.writeText("0", to: group.path + "/memory.swap.max")
        return group
    }

    /// Moves a process into the group.
    public func add(pid: Int32) throws(SystemError) {
        try FileSystem.writeText("\(pid)", to: self.path + "/cgroup.procs")
    }

    /// Ends every process in the group, and removes it once they are gone.
    public func kill() throws(SystemError) {
        try FileSystem.writeText("1", to: self.path + "/cgroup.kill")
    }
}
