internal import Linux
public import Tasks

/// Confines the fork server, and then each worker that it forks. In the order of the calls:
/// ``enter(_:arguments:)`` first thing in the program, then Python and its preloads, then ``seal()``, then, in every
/// forked child, ``confineWorker(limits:taskSocket:)``.
///
/// Single-threaded throughout: namespaces, capabilities, landlock and seccomp belong to threads, not to processes.
public struct ServerConfinement: ~Copyable {
    private let profile: SandboxProfile
    private var report: LayerReport
    /// /proc/self/status, opened while there was a /proc: nothing else tells how much memory is in use.
    private let status: OwnedDescriptor
    private let serverPID: Int32
    private let landlockPaths: [String]
    private var workerRules: LandlockRules?
    private var filter: FilterProgram?
    private var baseline = MemoryBaseline(dataBytes: 0, addressSpaceBytes: 0)
    /// Prepared for the limits of the profile.
    private var plan: WorkerPlan?

    /// How every layer turned out, for the log, `/v1/info` and `terrarium doctor`. Complete after ``seal()``.
    public var layers: [SandboxLayer] { self.report.layers }

    /// The data segment of this process as last measured, in bytes: what a worker has before its task.
    public var warmBaseline: Int { self.baseline.dataBytes }

    /// Moves this program into its namespaces and its root, and gives its identity and its capabilities up for good.
    ///
    /// - Parameters:
    ///   - profile: What to enter.
    ///   - arguments: The program's, in which ``ForkServerProcess`` left the namespaces it was started in.
    /// - Returns: The confinement, to be sealed once Python is up.
    /// - Throws: `ConfinementError`: in `strict` mode for the first layer that fails, otherwise only for steps that the
    ///   kernel never refuses.
    public static func enter(
        _ profile: SandboxProfile,
        arguments: [String] = CommandLine.arguments
    ) throws(ConfinementError) -> ServerConfinement {
        var report = LayerReport()
        let threads = try step(.singleThread) { () throws(SystemError) in try CurrentProcess.threadCount() }
        guard threads == 1 else { throw .multithreaded(threads: threads) }

        // While there still is a /proc.
        let status = try step(.processFiles, "/proc/self/status") { () throws(SystemError) in
            try FileSystem.openForReading("/proc/self/status")
        }
        // When memory is short the kernel is to take a worker, never the broker. Lowering it again needs a privilege.
        try? FileSystem.writeText("1000", to: "/proc/self/oom_score_adj")

        report.cgroup(Cgroup.own())

        // 1. Namespaces. The user and process namespaces came with the start of the program.
        let started = ForkServerProcess.startedIn(arguments)
        report.startedIn(started)
        // 2. The mount namespace and the root: with all privileges still there, after the mount namespace.
        let plan = RootPlan(paths: profile.readablePaths + LibraryFolders.ofThisProcess())
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

        // 3. Identity: the bounding set first, since emptying it is a privilege that goes with the identity.
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
            landlockPaths: plan.binds.map(\.path)
        )
    }

    private init(
        profile: SandboxProfile,
        report: LayerReport,
        status: consuming OwnedDescriptor,
        landlockPaths: [String]
    ) {
        self.profile = profile
        self.report = report
        self.status = status
        self.serverPID = CurrentProcess.pid
        self.landlockPaths = landlockPaths
    }

    /// Closes what Python needed open to start: landlock and limits for this server, and everything prepared for workers.
    ///
    /// - Throws: `ConfinementError`; `belowFloor` or `notStrict` when what is active is not enough.
    public mutating func seal() throws(ConfinementError) {
        let memory = try self.readStatus()
        guard memory.threads == 1 else { throw .multithreaded(threads: memory.threads) }
        self.baseline = MemoryBaseline(dataBytes: memory.dataBytes, addressSpaceBytes: memory.addressSpaceBytes)

        // 4. Limits that the server can live with; workers inherit them.
        for (limit, value) in WorkerLimits.inherited {
            try step(.limits, limit.name) { () throws(SystemError) in try limit.set(value) }
        }
        try step(.limits, "malloc arenas") { () throws(SystemError) in try CurrentProcess.limitArenas(2) }
        self.report.active(LayerName.descriptors, "a worker keeps only its task socket")
        self.report.active(LayerName.limits, WorkerLimits.summary(self.profile))
        let foreign = Set(CurrentProcess.environmentNames).subtracting(SandboxProfile.environmentNames)
        if foreign.isEmpty {
            self.report.active(LayerName.environment, "cleared")
        } else {
            self.report.inactive(
                LayerName.environment,
                "\(foreign.count) variables of the service are shown to tasks; see N8N_BLOCK_RUNNER_ENV_ACCESS"
            )
        }

        // 5. Landlock, after the limits because it needs no privilege and before seccomp because that would refuse it.
        try self.sealLandlock()

        // 6. seccomp, last: the server's own filter, which workers inherit, and what they will add to it.
        try step(.refusalHandler) { () throws(SystemError) in try SystemCallPolicy.installHandler() }
        let serverFilter = try FilterProgram(SystemCallPolicy.serverRules)
        let workerFilter = try FilterProgram(SystemCallPolicy.workerRules, otherwise: .allow)
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
                : .belowFloor(missing: missing, layers: self.layers)
        }
    }

    /// Confines a forked worker for good. Nothing but the task may come after it.
    ///
    /// - Parameters:
    ///   - limits: What its task may use, above what it has now.
    ///   - taskSocket: The one descriptor it keeps. It becomes number 3; 0, 1 and 2 become /dev/null; all others are closed.
    /// - Returns: The task socket's new number.
    /// - Throws: `ConfinementError`. The worker must then exit: it is confined in part only.
    @discardableResult
    public func confineWorker(limits: TaskLimits, taskSocket: CInt) throws(ConfinementError) -> CInt {
        let plan: WorkerPlan
        if let prepared = self.plan, limits == self.profile.limits {
            plan = prepared
        } else {
            plan = try self.makePlan(limits)
        }
        do throws(WorkerPlan.Failure) {
            // In the order of its steps: parent death signal, task socket, landlock domain, all other descriptors, limits,
            // seccomp. What is before seccomp would be refused after it.
            try plan.follow(
                taskSocket: taskSocket,
                server: self.serverPID,
                landlockRules: self.workerRulesDescriptor
            )
            return WorkerPlan.taskSocket
        } catch {
            throw .failed(ConfinementStep(error.step), subject: error.limit?.name, error.error)
        }
    }

    private var workerRulesDescriptor: CInt? {
        switch self.workerRules {
        case .some(let rules): rules.rawValue
        case .none: nil
        }
    }

    /// What workers will do to themselves.
    private func makePlan(_ limits: TaskLimits) throws(ConfinementError) -> WorkerPlan {
        guard let filter = self.filter else {
            preconditionFailure("a worker is confined before the server is sealed")
        }
        let rows = WorkerLimits.own(self.profile, limits, self.baseline)
        return try step(.limits) { () throws(SystemError) in
            try WorkerPlan(limits: rows, filter: filter.instructions, selfPositions: filter.selfPositions)
        }
    }

    // What the landlock steps, in their own file, need of this value.

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
