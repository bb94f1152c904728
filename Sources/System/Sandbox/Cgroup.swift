internal import Linux

/// A cgroup of the unified hierarchy (cgroups(7)). If the service manager delegated one to the service, fork servers get
/// groups below it.
///
/// Cgroups are optional; the resource limits of processes apply without them. A cgroup bounds the total use of all
/// workers of a fork server, which no limit of a single process does.
public struct Cgroup: Hashable, Sendable {
    /// The layer's name in reports.
    public static let layerName = "cgroup"

    /// The group's folder.
    public let path: String
    /// The controllers that are available in the group.
    public let controllers: [String]

    /// The group that this process is in; nil if there is no unified hierarchy.
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
        // The unified hierarchy has the number 0 and no list of controllers.
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

    /// The controllers that can limit a fork server in this group.
    var usableControllers: [String] { ["memory", "pids"].filter(self.controllers.contains) }

    /// The reason why this process cannot divide the group; nil if it can. Changes nothing.
    func obstacle() -> CgroupAbsence? {
        guard !self.usableControllers.isEmpty else { return .controllers(self) }
        guard FileSystem.isWritable(self.path), FileSystem.isWritable(self.path + "/cgroup.subtree_control") else {
            return .notDelegated(self)
        }
        // Root may write to any group. If other processes are in the group, it was not delegated to this process.
        let members = (try? FileSystem.readText(self.path + "/cgroup.procs"))?.split(separator: "\n").map(String.init)
        guard members == ["\(CurrentProcess.pid)"] else { return .shared(self) }
        return nil
    }

    /// The limits on the memory and the processes of this group, such as `memory.max 1073741824`; empty without limits.
    public var limits: [String] {
        ["memory.max", "pids.max"].compactMap { name in
            guard let text = try? FileSystem.readText(self.path + "/" + name) else { return nil }
            let value = text.split(separator: "\n").first ?? "max"
            return value == "max" ? nil : "\(name) \(value)"
        }
    }
}
