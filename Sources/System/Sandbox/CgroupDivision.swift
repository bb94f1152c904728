public import Linux

/// The service's own cgroup, divided as cgroups(7) requires: this process is in a leaf, and each fork server gets a
/// group beside the leaf. The division is not undone.
public struct CgroupDivision: Hashable, Sendable {
    /// The folder of the divided group.
    let path: String
    /// The controllers that limit the fork servers' groups.
    let controllers: [String]

    /// Divides the group of this process, if it was delegated to this process alone. Call it once, before a fork server
    /// is started.
    ///
    /// - Returns: The division, or why the group cannot be divided. Resource limits of single processes apply in both cases.
    public static func attempt() -> Result<CgroupDivision, CgroupAbsence> {
        guard let group = Cgroup.own() else { return .failure(.noHierarchy) }
        if let obstacle = group.obstacle() { return .failure(obstacle) }
        do throws(SystemError) {
            return .success(try CgroupDivision(dividing: group))
        } catch {
            return .failure(.failed(path: group.path, error))
        }
    }

    /// - Throws: `SystemError`.
    init(dividing group: Cgroup) throws(SystemError) {
        self.path = group.path
        self.controllers = group.usableControllers
        // A group that has processes cannot enable controllers for groups below it, so this process moves to a leaf
        // first.
        let leaf = group.path + "/service"
        try FileSystem.makeFolder(leaf)
        try FileSystem.writeText("0", to: leaf + "/cgroup.procs")
        guard !self.controllers.isEmpty else { return }
        let wanted = self.controllers.map { "+\($0)" }.joined(separator: " ")
        try FileSystem.writeText(wanted, to: group.path + "/cgroup.subtree_control")
    }

    /// Makes a group for a fork server.
    ///
    /// - Parameters:
    ///   - name: The group's name, which must be unique in this service.
    ///   - limits: The limits on all processes of the group. A limit without a usable controller is ignored.
    /// - Returns: The group, without processes.
    /// - Throws: `SystemError`. The group has then been removed.
    public func makeGroup(_ name: String, _ limits: CgroupLimits) throws(SystemError) -> ForkServerCgroup {
        let path = self.path + "/" + name
        try FileSystem.makeFolder(path)
        do throws(SystemError) {
            if self.controllers.contains("memory") {
                try FileSystem.writeText("\(limits.memory)", to: path + "/memory.max")
                // With swap, a group over its memory limit would become slow instead of being killed. The write is
                // optional, because not every kernel accounts swap.
                try? FileSystem.writeText("0", to: path + "/memory.swap.max")
            }
            if self.controllers.contains("pids") {
                try FileSystem.writeText("\(limits.processes)", to: path + "/pids.max")
            }
            return ForkServerCgroup(path: path, members: try FileSystem.openForWriting(path + "/cgroup.procs"))
        } catch {
            try? FileSystem.removeFolder(path)
            throw error
        }
    }
}

/// The limits on a fork server and its workers together.
public struct CgroupLimits: Hashable, Sendable {
    /// The limit on memory, in bytes.
    public var memory: Int
    /// The limit on processes and threads.
    public var processes: Int

    /// Computes limits that suffice for a fork server and `workers` workers at their own limits. Ordinary tasks do not
    /// reach the group's limits; these bound resources that no limit of a single process counts.
    ///
    /// - Parameters:
    ///   - workers: The number of workers at the same time, including warm ones.
    ///   - memory: The memory limit of each task, in bytes.
    public init(workers: Int, memory: Int) {
        self.memory = Self.memoryOfServer + workers * (memory + Self.memoryBesideTask)
        // Twice the number of workers, because a killed worker counts until its fork server has waited for it.
        self.processes = SandboxProfile.defaultMaximumThreads + 2 * workers + 16
    }

    /// The memory of a fork server with large preloaded modules.
    private static let memoryOfServer = 1 << 30
    /// The memory of a worker besides its task's, including memory in the kernel.
    private static let memoryBesideTask = 64 << 20
}
