/// The configuration of a fork server and its workers, sent once when the fork server starts.
public struct WorkerConfiguration: Equatable, Sendable {
    public var policy: TaskPolicy
    public var limits: TaskLimits
    /// Absolute folders with the packages that tasks may import.
    public var sitePackages: [String]
    public var preload: PreloadSelection
    /// Submodules that tasks were seen to import, which are imported after ``preload`` if they can be.
    public var learnedModules: [String] = []
    /// Modules of ``preload`` and ``learnedModules`` that are left out, because they were found to start threads: a process
    /// with threads cannot fork workers.
    public var notPreloaded: [String]
    /// Bytes of the temporary folder of each worker; 0 for none.
    public var temporaryFolder: Int
    public var sandbox: SandboxMode
    /// The identity that workers take on when the service runs as root; nil keeps that of the service.
    public var identity: WorkerIdentity?
    /// The value of `TZ` for tasks, validated as the name of a time zone.
    public var timeZone: String?

    public init(
        policy: TaskPolicy,
        limits: TaskLimits,
        sitePackages: [String] = [],
        preload: PreloadSelection = .automatic,
        notPreloaded: [String] = [],
        temporaryFolder: Int = 0,
        sandbox: SandboxMode = .auto,
        identity: WorkerIdentity? = nil,
        timeZone: String? = nil
    ) {
        self.policy = policy
        self.limits = limits
        self.sitePackages = sitePackages
        self.preload = preload
        self.notPreloaded = notPreloaded
        self.temporaryFolder = temporaryFolder
        self.sandbox = sandbox
        self.identity = identity
        self.timeZone = timeZone
    }
}
