import NIOCore
import ServiceLifecycle

/// Sends WATCHDOG=1 to the service manager while every event loop still runs (sd_watchdog_enabled(3)).
struct WatchdogService: Service {
    let manager: ServiceManagerNotifier
    /// The service manager's watchdog timeout: without a message for this long it treats the service as hung.
    let interval: Duration
    let eventLoopGroup: any EventLoopGroup

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                // A blocked event loop never completes this future, so that no WATCHDOG=1 is sent.
                for loop in self.eventLoopGroup.makeIterator() { try await loop.submit {}.get() }
                self.manager.notify("WATCHDOG=1")
                try await self.sleep(self.interval / 2)
            }
        }
    }

    /// Sleeps with a timer of an event loop, because a timer of the Swift runtime may need a new thread when it fires.
    private func sleep(_ duration: Duration) async throws {
        let timer = self.eventLoopGroup.next().scheduleTask(in: TimeAmount(duration)) {}
        try await withTaskCancellationHandler {
            try await timer.futureResult.get()
        } onCancel: {
            timer.cancel()
        }
    }
}
