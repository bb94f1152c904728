import Glibc
import Linux
import Logging
import ServiceLifecycle
import Synchronization

/// Handles the signals of the process: SIGHUP reloads the configuration. The first SIGTERM or SIGINT starts a graceful
/// shutdown, and the second ends the process at once.
///
/// A reload runs on the thread that receives the signals: it starts no other thread, so it works at any limit on threads.
struct SignalService: Service {
    let reload: ServiceReload
    let logger: Logger
    /// Starts the graceful shutdown of all services.
    let shutDown: @Sendable () async -> Void
    /// Removes the socket file and flushes the log when the process ends without a graceful shutdown.
    let cleanUp: @Sendable () -> Void

    func run() async throws {
        let (stops, continuation) = AsyncStream.makeStream(of: Void.self)
        let isShuttingDown = Atomic(false)
        try SignalWatch.start([SIGHUP, SIGTERM, SIGINT]) { signal in
            if signal == SIGHUP {
                self.reload.run()
            } else if isShuttingDown.exchange(true, ordering: .relaxed) {
                self.endNow()
            } else {
                continuation.yield()
            }
        }
        self.reload.signalsAreHandled()
        // Unlike `cancelOnGracefulShutdown`, `cancelWhenGracefulShutdown` creates no task outside the service's executor.
        await cancelWhenGracefulShutdown {
            for await _ in stops { await self.shutDown() }
        }
    }

    private func endNow() {
        self.logger.warning("second signal to stop, ending at once")
        self.cleanUp()
        // The kernel closes this process's sockets, and fork servers and workers then end by themselves.
        CurrentProcess.exitNow(ServiceExitCode.failure.rawValue)
    }
}
