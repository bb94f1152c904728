public import Tasks

/// What a ``WorkerPool`` starts: the worker program, its configuration, and how many workers.
public struct WorkerPoolConfiguration: Sendable {
    /// The absolute path of the worker program.
    public var program: String
    /// The configuration that its fork servers and workers get.
    public var worker: WorkerConfiguration
    /// The number of workers that are kept idle, ready for a task.
    public var warmWorkers: Int
    /// The largest number of workers at a time, warm ones included.
    public var maximumWorkers: Int
    /// The number of forks after which a fork server is replaced by a new one, whose workers have another hash seed and
    /// address layout.
    public var forksPerServer: Int
    /// The size of the temporary folder of each worker in bytes; 0 for no folder. With nil, only workers for tasks with
    /// packages get a folder, of ``automaticTemporaryFolder`` bytes.
    public var temporaryFolder: Int?
    /// Environment variables that tasks may read in addition to the workers' own, as `NAME=value`. Empty by default.
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

    /// The size of the temporary folder, in bytes, that suffices for the files that libraries write while they work:
    /// for spreadsheets, fonts and plots.
    static let automaticTemporaryFolder = 64 << 20

    /// The modules that its fork servers import before they fork.
    var preload: PreloadPlan { PreloadPlan(self.worker.preload, policy: self.worker.policy) }

    /// Whether its fork servers import in advance what tasks turn out to import: only where the operator leaves the choice
    /// to the service.
    var learnsModules: Bool {
        switch self.worker.preload {
        case .automatic, .automaticAnd: true
        case .none, .modules: false
        }
    }

    /// The same configuration without packages: its fork servers import modules of the standard library only.
    public var withoutPackages: WorkerPoolConfiguration {
        var copy = self
        let preload = self.preload
        copy.worker.preload = .modules(preload.standardLibrary)
        // If no package is preloaded, this is the only pool, and tasks that import packages run in it as well.
        let importsPackages = preload.packages.isEmpty && !self.worker.policy.externalAllow.isEmpty
        copy.worker.temporaryFolder = self.temporaryFolder ?? (importsPackages ? Self.automaticTemporaryFolder : 0)
        return copy
    }

    /// The same configuration for the fork servers that import packages.
    public var withPackages: WorkerPoolConfiguration {
        var copy = self
        copy.worker.temporaryFolder = self.temporaryFolder ?? Self.automaticTemporaryFolder
        return copy
    }
}
