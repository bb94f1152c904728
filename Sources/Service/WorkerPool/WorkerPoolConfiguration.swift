public import Tasks

/// What a ``WorkerPool`` starts: the worker program, its configuration, and how many workers.
public struct WorkerPoolConfiguration: Sendable {
    /// The absolute path of the worker program.
    public var program: String
    /// The configuration that its fork servers and workers get.
    public var worker: WorkerConfiguration
    /// Workers that wait for a task.
    public var warmWorkers: Int
    /// The largest number of workers at a time, warm ones included.
    public var maximumWorkers: Int
    /// Forks after which a fork server is replaced by a fresh one, whose children have another hash seed and address layout.
    public var forksPerServer: Int
    /// Bytes of the temporary folder of each worker, 0 for none; nil gives one of ``automaticTemporaryFolder`` bytes to the
    /// workers for tasks with packages.
    public var temporaryFolder: Int?
    /// Environment variables that tasks may read beside the workers' own, as `NAME=value`. Empty by default.
    public var shownEnvironment: [String] = []

    public init(
        program: String,
        worker: WorkerConfiguration,
        warmWorkers: Int,
        maximumWorkers: Int,
        forksPerServer: Int = 50_000,
        temporaryFolder: Int? = 0
    ) {
        self.program = program
        self.worker = worker
        self.warmWorkers = warmWorkers
        self.maximumWorkers = maximumWorkers
        self.forksPerServer = forksPerServer
        self.temporaryFolder = temporaryFolder
    }

    /// Room for the files that libraries make beside their results: spreadsheets, fonts, plots.
    static let automaticTemporaryFolder = 64 << 20

    /// The modules that its fork servers import before they fork.
    var preload: PreloadPlan { PreloadPlan(self.worker.preload, policy: self.worker.policy) }

    /// The same without packages: its fork servers import modules of the standard library only.
    public var withoutPackages: WorkerPoolConfiguration {
        var copy = self
        let preload = self.preload
        copy.worker.preload = .modules(preload.standardLibrary)
        // Where no package is preloaded there is one pool, and its tasks import packages.
        let importsPackages = preload.packages.isEmpty && !self.worker.policy.externalAllow.isEmpty
        copy.worker.temporaryFolder = self.temporaryFolder ?? (importsPackages ? Self.automaticTemporaryFolder : 0)
        return copy
    }

    /// The same for the fork servers that import packages.
    public var withPackages: WorkerPoolConfiguration {
        var copy = self
        copy.worker.temporaryFolder = self.temporaryFolder ?? Self.automaticTemporaryFolder
        return copy
    }
}
