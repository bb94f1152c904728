import Glibc
import Linux
import NIOPosix
import Sandbox
public import Tasks
import WorkerPool

/// Measures what a worker's life costs at least under an operator's settings: with a fork server of its own, so that a
/// service that is being measured is not held up. It has the same layers as the service's, and the preload of tasks that
/// use no packages.
public final class FloorMeter: Sendable {
    private let pool: WorkerPool

    /// Starts the fork server.
    ///
    /// - Throws: ``EmbeddedService/StartError`` when the settings or the machine stand in the way.
    public init(environment: [String: String], configurationFile: String?) async throws {
        do {
            try CurrentProcess.ignore(SIGPIPE)
            let settings = try ConfigurationSources.load(file: configurationFile, environment: environment).settings
            var configuration = try WorkerPoolConfiguration(settings, environment: environment)
            configuration.warmWorkers = 0
            self.pool = WorkerPool(
                configuration: configuration.withoutPackages,
                division: .failure(.embedded),
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                logger: StandardErrorLog(format: settings.logFormat, level: .warning, isJournal: false)
                    .logger(label: "floors")
            )
        } catch let error as SettingsError {
            throw EmbeddedService.StartError(exit: .badConfiguration, description: error.description)
        } catch let error as ServiceStartError {
            throw EmbeddedService.StartError(exit: error.exit, description: error.message)
        }
        do {
            try await self.pool.start()
        } catch {
            throw EmbeddedService.StartError(exit: .failure, description: "\(error)")
        }
    }

    /// The floors at this moment, `rounds` times each.
    ///
    /// - Throws: `WorkerPoolError` when the fork server has ended.
    public func measure(rounds: Int) async throws -> FloorReport {
        try await self.pool.measureFloors(rounds: rounds)
    }

    /// Ends the fork server.
    public func stop() async {
        await self.pool.stop()
    }
}
