/// The contents of the answer to `GET /v1/info`.
public struct ServiceInfo: Sendable {
    public var version: String
    public var policy: TaskPolicy
    /// A text that is the same for equal policies and limits.
    public var policyRevision: String
    public var limits: TaskLimits
    public var maximumConcurrency: Int
    /// How many tasks of one user run at once.
    public var maximumConcurrencyPerUser: Int
    /// How many tasks one user may submit in a minute; nil means no limit.
    public var ratePerUser: Int?
    public var maximumPayload: Int
    public var taskTimeout: Duration
    public var queueLimit: Int
    public var sandbox: SandboxMode
    public var pool: PoolStatus
    public var load: ServiceLoad

    public init(
        version: String,
        policy: TaskPolicy,
        policyRevision: String = "",
        limits: TaskLimits,
        maximumConcurrency: Int,
        maximumConcurrencyPerUser: Int? = nil,
        ratePerUser: Int? = nil,
        maximumPayload: Int,
        taskTimeout: Duration,
        queueLimit: Int,
        sandbox: SandboxMode,
        pool: PoolStatus,
        load: ServiceLoad = ServiceLoad()
    ) {
        self.version = version
        self.policy = policy
        self.policyRevision = policyRevision
        self.limits = limits
        self.maximumConcurrency = maximumConcurrency
        self.maximumConcurrencyPerUser = maximumConcurrencyPerUser ?? maximumConcurrency
        self.ratePerUser = ratePerUser
        self.maximumPayload = maximumPayload
        self.taskTimeout = taskTimeout
        self.queueLimit = queueLimit
        self.sandbox = sandbox
        self.pool = pool
        self.load = load
    }
}
