import Glibc
import Linux
import Logging
import ServiceLifecycle
import UnixSignals

/// What signals mean to the service: SIGHUP reloads; SIGTERM and SIGINT drain, and the second of them ends it at once.
struct SignalService: Service {
    let reload: ServiceReload
    let manager: ManagerLink
    let logger: Logger
    /// Starts the graceful end of all services.
    let stop: @Sendable () async -> Void
    /// What must not be left behind, even when the end is not graceful.
    let cleanUp: @Sendable () -> Void

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup, .sigterm, .sigint)
        var isStopping = false
        for await signal in signals.cancelOnGracefulShutdown() {
            if signal == .sighup {
                self.reloadNow()
            } else if isStopping {
                self.logger.warning("told to stop twice, ending at once")
                self.cleanUp()
                // Workers end with the sockets that this process holds.
                CurrentProcess.exitNow(ServiceExit.failure.rawValue)
            } else {
                isStopping = true
                await self.stop()
            }
        }
    }

    private func reloadNow() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let microseconds = now.tv_sec * 1_000_000 + now.tv_nsec / 1000
        self.manager.notify("RELOADING=1\nMONOTONIC_USEC=\(microseconds)")
        self.reload.run()
        self.manager.notify("READY=1")
    }
}
