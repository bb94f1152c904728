internal import Linux
public import Tasks

/// Confines the fork server, and then each worker that it forks. The order of the calls is: ``enter(_:arguments:)`` at
/// the start of the program, then Python's start and its preloads, then ``seal()``, then, in each forked child,
/// ``confineWorker(limits:taskSocket:)``.
///
/// The process must have one thread throughout, because namespaces, capabilities, landlock and seccomp apply to threads,
/// not to processes.
public struct ServerConfinement: ~Copyable {
    private let profile: SandboxProfile
    private var report: LayerReport
    /// /proc/self/status, opened before the new root hides /proc. The memory in use is read from it.
    private let status: OwnedDescriptor
    private let serverPID: Int32
    private let landlockPaths: [String]
    /// The process that makes temporary folders; nil if workers have none.
    private let folders: TemporaryFolders?
    private var workerRules: LandlockRules?
    private var filter: FilterProgram?
    private var baseline = MemoryBaseline(dataBytes: 0, addressSpaceBytes: 0)
    /// The plan for workers with the limits of the profile; nil before ``seal()``.
    private var plan: WorkerPlan?

    /// The path of the workers' temporary folder; nil if they have none.
    public let temporaryFolder: String?

    /// The state of each layer, for the log, `/v1/info` and `terrarium doctor`. Complete after ``seal()``.
    public var layers: [SandboxLayer] { self.report.layers }

    /// The paths of the temporary folder: the path that workers are told and, if that is the link /tmp, the link's target.
    /// Empty if workers have no folder.
    public var temporaryFolders: [String] {
        guard let path = self.temporaryFolder else { return [] }
        return path == RootPlan.temporaryFolderMount ? [path] : [path, RootPlan.temporaryFolderMount]
    }

    /// The names of the environment variables that are set for the worker, not inherited from the service.
    public var ownVariables: Set<String> {
        let folder = self.temporaryFolder == nil ? [] : SandboxProfile.temporaryFolderVariables
        return SandboxProfile.environmentNames.union(folder)
    }

    /// Warnings for the operator about settings that have no effect on this machine.
    public var warnings: [String] {
        self.layers.filter { $0.name == LayerName.temporaryFolder && !$0.isActive }.map {
            "tasks have no temporary folder, although TERRARIUM_TEMP_SIZE gives them one: \($0.detail)"
        }
    }

    /// Moves this process into its namespaces and its new root, and drops its identity and its capabilities.
    ///
    /// - Parameters:
    ///   - profile: The configuration of the confinement.
    ///   - arguments: The program's arguments, which contain the namespaces it was started in (``ForkServerProcess``).
    /// - Returns: The confinement, to be sealed after Python's start.
    /// - Throws: `ConfinementError`: in `strict` mode for the first layer that fails, in `auto` mode only for steps that
    ///   every kernel permits.
    public static func enter(
        _ profile: SandboxProfile,
        arguments: [String] = CommandLine.arguments
    ) throws(ConfinementError) -> ServerConfinement {
        var report = LayerReport()
        let threads = try step(.singleThread) { () throws(SystemError) in try CurrentProcess.threadCount() }
        guard threads == 1 else { throw .multithreaded(threads: threads) }

        // The file is opened before the new root hides /proc.
        let status = try step(.processFiles, "/proc/self/status") { () throws(SystemError) in
            try FileSystem.openForReading("/proc/self/status")
        }
        // When memory is short, the kernel must kill a worker and not the broker. A worker cannot lower the value again,
        // because that needs a privilege.
        try? FileSystem.writeText("1000", to: "/proc/self/oom_score_adj")

        report.cgroup(Cgroup.own())

        // 1. Namespaces. The user and pid namespaces were created when the program was started.
        let started = ForkServerProcess.startedIn(arguments)
        report.startedIn(started)
        // 2. The mount namespace and the new root, while the process still has all privileges; then the other
        // namespaces.
        let plan = RootPlan(
            paths: profile.readablePaths + LibraryFolders.ofThisProcess(),
            hasTemporaryFolder: profile.temporaryFolderBytes > 0
        )
        // /proc is opened before the new root hides it, for the process that makes temporary folders.
        let proc = try step(.processFiles, "/proc") { () throws(SystemError) in try FileSystem.openPath("/proc") }
        do throws(ConfinementError) {
            try RootFileSystem.enter(plan)
            report.active(LayerName.mountNamespace, "read-only root with \(plan.binds.count) paths of the host")
        } catch {
            guard profile.mode == .auto else { throw error }
            report.inactive(LayerName.mountNamespace, "\(error); needs CAP_SYS_ADMIN or user namespaces")
        }
        try self.unshare(.network, .networkNamespace, LayerName.networkNamespace, profile.mode, &report)
        try self.unshare(.ipc, .ipcNamespace, LayerName.ipcNamespace, profile.mode, &report)
        try self.unshare(.uts, .utsNamespace, LayerName.utsNamespace, profile.mode, &report)
        try self.unshare(.cgroup, .cgroupNamespace, LayerName.cgroupNamespace, profile.mode, &report)
        if report.isActive(LayerName.utsNamespace) {
            try step(.hostName) { () throws(SystemError) in try Mounts.setHostName("terrarium") }
        }

        // The process that makes temporary folders needs the privileges that this process drops below, so it is forked
        // before.
        var profile = profile
        let folders = self.startFolders(profile, plan, proc.rawValue, &report)
        if folders == nil { profile.temporaryFolderBytes = 0 }

        // 3. Identity. The bounding set comes first, because the privilege to empty it is lost with the identity.
        let bounding = try self.emptyBoundingSet()
        try self.takeIdentity(profile, startedIn: started, &report)
        try step(.capabilities) { () throws(SystemError) in try Privileges.dropCapabilities() }
        report.active(LayerName.capabilities, bounding)
        try step(.noNewPrivileges) { () throws(SystemError) in try Privileges.setNoNewPrivileges() }
        report.active(LayerName.noNewPrivileges, "no exec can give a privilege")
        try step(.notDumpable) { () throws(SystemError) in try CurrentProcess.setDumpable(false) }
        report.active(LayerName.notDumpable, "no tracing by the same user, no core")

        CurrentProcess.setFileModeMask(0o077)
        return ServerConfinement(
            profile: profile,
            report: report,
            status: status,
            landlockPaths: plan.binds.map(\.path),
            folders: folders,
            temporaryFolder: profile.temporaryFolderBytes > 0 ? plan.temporaryFolder : nil
        )
    }

    private init(
        profile: SandboxProfile,
        report: LayerReport,
        status: consuming OwnedDescriptor,
        landlockPaths: [String],
        folders: consuming TemporaryFolders?,
        temporaryFolder: String?
    ) {
        self.profile = profile
        self.report = report
        self.status = status
        self.serverPID = CurrentProcess.pid
        self.landlockPaths = landlockPaths
        self.folders = folders
        self.temporaryFolder = temporaryFolder
    }

    /// Removes the access that only Python's start needed: sets landlock and limits for the fork server, and prepares
    /// the confinement of workers.
    ///
    /// - Throws: `ConfinementError`; `belowMinimum` or `notStrict` if a required layer is not active.
    public mutating func seal() throws(ConfinementError) {
        let memory = try self.readStatus()
        guard memory.threads == 1 else { throw .multithreaded(threads: memory.threads) }
        self.baseline = MemoryBaseline(dataBytes: memory.dataBytes, addressSpaceBytes: memory.addressSpaceBytes)

        // 4. The limits that also apply to the fork server; workers inherit them.
        for (limit, value) in WorkerResourceLimits.inherited(self.profile) {
            try step(.limits, limit.name) { () throws(SystemError) in try limit.set(value) }
        }
        try step(.limits, "malloc arenas") { () throws(SystemError) in try CurrentProcess.limitArenas(2) }
        self.report.active(LayerName.descriptors, "a worker keeps only its task socket")
        self.report.active(LayerName.limits, WorkerResourceLimits.summary(self.profile))
        let foreign = Set(CurrentProcess.environmentNames).subtracting(self.ownVariables)
        if foreign.isEmpty {
            self.report.active(LayerName.environment, "cleared")
        } else {
            self.report.inactive(
                LayerName.environment,
                "\(foreign.count) variables of the service are shown to tasks; see N8N_BLOCK_RUNNER_ENV_ACCESS"
            )
        }

        // 5. Landlock. It can come after the limits, because it needs no privilege, and must come before seccomp, which
        // would refuse it.
        try self.sealLandlock()

        // 6. seccomp, last: installs the fork server's own filter, which workers inherit, and compiles the filter that
        // workers add.
        try step(.refusalHandler) { () throws(SystemError) in try SystemCallPolicy.installHandler() }
        let hasFolder = self.temporaryFolder != nil
        let serverFilter = try FilterProgram(SystemCallPolicy.serverRules(withTemporaryFolder: hasFolder))
        let workerFilter = try FilterProgram(
            SystemCallPolicy.workerRules(withTemporaryFolder: hasFolder),
            otherwise: .allow
        )
        try step(.seccomp) { () throws(SystemError) in try serverFilter.install() }
        self.report.active(
            LayerName.seccomp,
            "\(SystemCallPolicy.rules.count) rules in \(serverFilter.instructions.count) and "
                + "\(workerFilter.instructions.count) instructions"
        )
        self.filter = workerFilter
        self.plan = try self.makePlan(self.profile.limits)

        let missing = self.report.missing(under: self.profile.mode)
        guard missing.isEmpty else {
            throw self.profile.mode == .strict
                ? .notStrict(missing: missing, layers: self.layers)
                : .belowMinimum(missing: missing, layers: self.layers)
        }
    }

    /// Confines a forked worker irrevocably. Afterwards the process has only the rights that a task may have.
    ///
    /// - Parameters:
    ///   - limits: The limits of the worker's task, in addition to the worker's present usage.
    ///   - taskSocket: The one descriptor that the worker keeps. It becomes number 3; 0, 1 and 2 become /dev/null; all
    ///     others are closed.
    /// - Returns: The task socket's new number.
    /// - Throws: `ConfinementError`. The worker is then only partly confined and must exit.
    @discardableResult
    public func confineWorker(limits: TaskLimits, taskSocket: CInt) throws(ConfinementError) -> CInt {
        let plan: WorkerPlan
        if let prepared = self.plan, limits == self.profile.limits {
            plan = prepared
        } else {
            plan = try self.makePlan(limits)
        }
        do throws(WorkerPlan.Failure) {
            // The plan's steps are: temporary folder, parent death signal, task socket, landlock domain, all other
            // descriptors, limits, seccomp. The seccomp filter would refuse the other steps, so it comes last.
            try plan.follow(
                taskSocket: taskSocket,
                server: self.serverPID,
                folders: self.folderSource,
                landlockRules: self.workerRulesDescriptor
            )
            return WorkerPlan.taskSocket
        } catch {
            throw .failed(ConfinementStep(error.step), subject: error.limit?.name, error.error)
        }
    }

    /// Whether an ended child is the process that makes temporary folders, without which no worker can be confined.
    public func madeFolders(_ pid: Int32) -> Bool {
        switch self.folders {
        case .some(let folders): folders.pid == pid
        case .none: false
        }
    }

    private var folderSource: TemporaryFolders.Source? {
        switch self.folders {
        case .some(let folders): folders.source
        case .none: nil
        }
    }

    private var workerRulesDescriptor: CInt? {
        switch self.workerRules {
        case .some(let rules): rules.rawValue
        case .none: nil
        }
    }

    /// Makes the plan of the steps that workers apply to themselves.
    private func makePlan(_ limits: TaskLimits) throws(ConfinementError) -> WorkerPlan {
        guard let filter = self.filter else {
            preconditionFailure("a worker is confined before the server is sealed")
        }
        let rows = WorkerResourceLimits.own(self.profile, limits, self.baseline)
        return try step(.limits) { () throws(SystemError) in
            try WorkerPlan(limits: rows, filter: filter.instructions, selfPositions: filter.selfPositions)
        }
    }

    // The members below are used by the landlock steps in ServerConfinement+Landlock.swift.

    var mode: SandboxMode { self.profile.mode }
    var readablePaths: [String] { self.landlockPaths }

    mutating func adopt(_ rules: consuming LandlockRules) {
        self.workerRules = consume rules
    }

    mutating func landlockActive(abi: Int) {
        self.report.active(LayerName.landlock, "ABI \(abi), \(self.landlockPaths.count) paths readable")
        if abi >= Self.scopingABI {
            self.report.active(LayerName.landlockScopes, "signals and abstract sockets, per worker")
        } else {
            self.report.inactive(LayerName.landlockScopes, "ABI \(abi); needs ABI \(Self.scopingABI), Linux 6.12")
        }
    }

    mutating func landlockMissing(_ why: String) {
        self.report.inactive(LayerName.landlock, why)
        self.report.inactive(LayerName.landlockScopes, why)
    }

    /// The number of threads of this process. ``seal()`` fails if there is more than one.
    public func threadCount() throws(ConfinementError) -> Int { try self.readStatus().threads }

    private func readStatus() throws(ConfinementError) -> ProcessStatus {
        let status = self.status.rawValue
        let text = try step(.baseline, "/proc/self/status") { () throws(SystemError) in
            try FileSystem.rereadText(status)
        }
        guard let parsed = ProcessStatus(text) else {
            throw .failed(.baseline, subject: "/proc/self/status", SystemError("read", ErrorNumber.invalid))
        }
        return parsed
    }
}
