import Tasks

@testable import WorkerPool

/// Values that the tests of the pool's state machines use.
enum PoolFixtures {
    static let death = WorkerPoolError.worker("it died")
    static let shortage = WorkerPoolError.shortage("no thread")

    /// Configurations are told apart by `name`.
    static func configuration(_ name: String = "first", warm: Int, forks: Int = 1000) -> WorkerPoolConfiguration {
        let policy = TaskPolicy(standardLibraryAllow: [], externalAllow: [], builtinsDeny: [])
        let limits = TaskLimits(memory: 1 << 28, cpu: .seconds(60), output: 1000, log: 10)
        return WorkerPoolConfiguration(
            program: name,
            worker: WorkerConfiguration(policy: policy, limits: limits),
            warmWorkers: warm,
            maximumWorkers: warm + 5,
            forksPerServer: forks
        )
    }
}
