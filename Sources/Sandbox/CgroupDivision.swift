public import Linux

/// The service's own control group, divided as cgroups(7) wants it: this process in a leaf, and beside it one group for
/// each fork server. For as long as this process lives.
public struct CgroupDivision: Hashable, Sendable {
    /// The group that was divided.
    let path: String
    /// What is limited in the groups below.
    let controllers: [String]

    /// Divides the group this process is in, when that was delegated to it alone. Once, before any fork server.
    ///
    /// - Returns: The division, or why there is none: the limits of single processes hold without.
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
        // A group with members may not have controllers for the groups below it, so this process moves to a leaf first.
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
    ///   - name: Its name; no other group of this service has it.
    ///   - limits: What all in it may use together; of these, what can be limited here.
    /// - Returns: The group, without members.
    /// - Throws: `SystemError`. No group is left behind then.
    public func makeGroup(_ name: String, _ limits: CgroupLimits) throws(SystemError) -> WorkerGroup {
        let path = self.path + "/" + name
        try FileSystem.makeFolder(path)
        do throws(SystemError) {
            if self.controllers.contains("memory") {
                try FileSystem.writeText("\(limits.memory)", to: path + "/memory.max")
                // Where there is swap, a group that is out of memory would slow down rather than end. Not every kernel counts it.
                try? FileSystem.writeText("0", to: path + "/memory.swap.max")
            }
            if self.controllers.contains("pids") {
                try FileSystem.writeText("\(limits.processes)", to: path + "/pids.max")
            }
            return WorkerGroup(path: path, members: try FileSystem.openForWriting(path + "/cgroup.procs"))
        } catch {
            try? FileSystem.removeFolder(path)
            throw error
        }
    }
}

/// What a fork server and its workers may use together.
public struct CgroupLimits: Hashable, Sendable {
    /// Bytes.
    public var memory: Int
    /// Processes and threads.
    public var processes: Int

    /// Room for a fork server and that many workers at their own limits. Honest tasks never meet it: it bounds what they
    /// hold by means that no limit of a single process counts.
    ///
    /// - Parameters:
    ///   - workers: How many there are at once, warm ones included.
    ///   - memory: Bytes each of their tasks may have.
    public init(workers: Int, memory: Int) {
        self.memory = Self.memoryOfServer + workers * (memory + Self.memoryBesideTask)
        // Twice: one that has been killed counts until its fork server has waited for it.
        self.processes = SandboxProfile.defaultMaximumThreads + 2 * workers + 16
    }

    /// A server with large modules preloaded.
    private static let memoryOfServer = 1 << 30
    /// What a worker has of its own before its task, and in the kernel.
    private static let memoryBesideTask = 64 << 20
}
