public import Tasks

/// What the pool is to start, and how much of it.
public struct WorkerPoolConfiguration: Sendable {
    /// The absolute path of the worker program.
    public var program: String
    /// What its fork servers and workers are told.
    public var worker: WorkerConfiguration
    /// Workers that wait for a task.
    public var warmWorkers: Int
    /// Workers that there are at once at most, the warm ones included.
    public var maximumWorkers: Int
    /// Forks after which a fork server is replaced by a fresh one, whose children have another hash seed and address layout.
    public var forksPerServer: Int
    /// Variables that tasks may see beside the workers' own, as `NAME=value`; empty, as it should be, shows none.
    public var shownEnvironment: [String] = []

    public init(
        program: String,
        worker: WorkerConfiguration,
        warmWorkers: Int,
        maximumWorkers: Int,
        forksPerServer: Int = 50_000
    ) {
        self.program = program
        self.worker = worker
        self.warmWorkers = warmWorkers
        self.maximumWorkers = maximumWorkers
        self.forksPerServer = forksPerServer
    }

    /// The modules that its fork servers import ahead.
    var preload: PreloadPlan { PreloadPlan(self.worker.preload, policy: self.worker.policy) }

    /// The same, but for packages that are imported ahead.
    public var withoutPackages: WorkerPoolConfiguration {
        var copy = self
        copy.worker.preload = .modules(self.preload.standardLibrary)
        return copy
    }
}

/// Why the pool cannot serve.
public enum WorkerPoolError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The sandbox's floor is not met, in words for the operator.
    case sandbox(String)
    /// The worker program could not be started, or gave up.
    case worker(String)

    public var description: String {
        switch self {
        case .sandbox(let reason), .worker(let reason): reason
        }
    }
}
