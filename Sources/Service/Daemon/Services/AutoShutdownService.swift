import Logging
import N8NBridge
import ServiceLifecycle
import Settings

/// Ends the service when it has had no task for `AUTO_SHUTDOWN_TIMEOUT`: `run` returns, and the service group then stops
/// all other services.
struct AutoShutdownService: Service {
    let core: ServiceCore
    let bridge: TaskBrokerBridge?
    let timeout: Duration
    let logger: Logger

    func run() async throws {
        // A shutdown for another reason cancels this wait, which is not an error.
        try? await cancelWhenGracefulShutdown {
            while true {
                guard self.core.state.isReady(), let since = self.core.accounting.idleSince else {
                    // A task runs, or the service is not ready: the idle timeout cannot expire before a whole timeout from
                    // now.
                    try await Task.sleep(for: self.timeout)
                    continue
                }
                let end = since + self.timeout
                guard end <= .now else {
                    try await Task.sleep(until: end, clock: .continuous)
                    continue
                }
                // The bridge may have accepted a task whose settings n8n has not sent yet.
                if await self.bridge?.beginDrainingIfIdle() ?? true { break }
                try await Task.sleep(for: self.timeout)
            }
            self.logger.notice(
                "idle timeout reached, stopping",
                metadata: ["seconds": "\(SettingText.seconds(self.timeout))"]
            )
        }
    }
}
