/// A snapshot of the worker pool.
public struct PoolStatus: Equatable, Sendable {
    /// Whether a test task has succeeded in a real worker under the current configuration.
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
    /// The processor time of workers that ended, as the kernel counted it (wait4(2)).
    public var workerCPU: Duration

    public init(
        isReady: Bool = false,
        pythonVersion: String? = nil,
        layers: [SandboxLayer] = [],
        warmWorkers: Int = 0,
        startingWorkers: Int = 0,
        runningWorkers: Int = 0,
        forkServers: Int = 0,
        forks: Int = 0,
        forkServerStarts: Int = 0,
        workerCPU: Duration = .zero
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
        self.workerCPU = workerCPU
    }
}
