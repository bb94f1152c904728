/// The worker pool at one moment.
public struct PoolStatus: Equatable, Sendable {
    /// Whether a made-up task has run through a real worker of the present configuration.
    public var isReady: Bool
    /// The embedded interpreter's version, once a fork server has reported it.
    public var pythonVersion: String?
    /// The layers of confinement that the fork server and its workers reported.
    public var layers: [SandboxLayer]
    /// Workers that wait for a task.
    public var warmWorkers: Int
    /// Workers that are being forked and confined.
    public var startingWorkers: Int
    public var runningWorkers: Int
    public var forkServers: Int
    /// Workers that were forked since the pool began.
    public var forks: Int
    /// Fork servers that were started since the pool began.
    public var forkServerStarts: Int

    public init(
        isReady: Bool = false,
        pythonVersion: String? = nil,
        layers: [SandboxLayer] = [],
        warmWorkers: Int = 0,
        startingWorkers: Int = 0,
        runningWorkers: Int = 0,
        forkServers: Int = 0,
        forks: Int = 0,
        forkServerStarts: Int = 0
    ) {
        self.isReady = isReady
        self.pythonVersion = pythonVersion
        self.layers = layers
        self.warmWorkers = warmWorkers
        self.startingWorkers = startingWorkers
        self.runningWorkers = runningWorkers
        self.forkServers = forkServers
        self.forks = forks
        self.forkServerStarts = forkServerStarts
    }
}

/// What `/v1/info` shows of the service, beside the pool.
public struct ServiceInfo: Sendable {
    public var version: String
    public var policy: TaskPolicy
    public var limits: TaskLimits
    public var maximumConcurrency: Int
    public var maximumPayload: Int
    public var taskTimeout: Duration
    public var queueLimit: Int
    public var sandbox: SandboxMode
    public var pool: PoolStatus

    public init(
        version: String,
        policy: TaskPolicy,
        limits: TaskLimits,
        maximumConcurrency: Int,
        maximumPayload: Int,
        taskTimeout: Duration,
        queueLimit: Int,
        sandbox: SandboxMode,
        pool: PoolStatus
    ) {
        self.version = version
        self.policy = policy
        self.limits = limits
        self.maximumConcurrency = maximumConcurrency
        self.maximumPayload = maximumPayload
        self.taskTimeout = taskTimeout
        self.queueLimit = queueLimit
        self.sandbox = sandbox
        self.pool = pool
    }
}

/// What a front end may show of the service's state. Callable from any thread; never blocks.
public protocol ServiceReporting: AnyObject, Sendable {
    func serviceInfo() -> ServiceInfo
    /// Whether tasks are welcome: not draining, and a made-up task has run through a real worker.
    func isReady() -> Bool
    /// The metrics page in the Prometheus text format.
    func metricsPage() -> String
}
