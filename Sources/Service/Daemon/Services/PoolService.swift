import Linux
import Logging
import ServiceLifecycle
import WorkerPool

/// Starts and stops the worker pool. It starts before the services that submit tasks and stops after them, because tasks
/// that finish during the shutdown still need workers.
struct PoolService: Service {
    let core: ServiceCore
    let manager: ServiceManagerNotifier
    let logger: Logger

    func run() async throws {
        do {
            // `start` may take long or never return, because it waits for the import of preloaded modules.
            try await withGracefulShutdownHandler {
                try await self.core.pool.start()
            } onGracefulShutdown: {
                self.core.pool.beginStopping()
            }
        } catch let error as WorkerPoolError {
            // An error from a start that a shutdown interrupted is ignored.
            guard Task.isShuttingDownGracefully else { throw ServiceStartError(error) }
            return await self.core.pool.stop()
        }
        self.core.accounting.serviceBecameReady()
        self.manager.notify("READY=1\nSTATUS=ready")
        self.logger.notice("ready")
        self.logger.packageWarnings(self.core.state.foreignPackageFaults())
        // `gracefulShutdown` throws on cancellation; the pool is stopped in that case as well.
        try? await gracefulShutdown()
        await self.core.pool.stop()
    }
}
