import Logging
import N8NBridge
import ServiceLifecycle

/// Runs the bridge to n8n. If the bridge ends with an error and no other front end is enabled, the service ends.
struct BridgeService: Service {
    let bridge: TaskBrokerBridge
    /// Whether the bridge is the only front end.
    let isOnlyFrontEnd: Bool
    let logger: Logger

    func run() async throws {
        do {
            try await self.bridge.run()
        } catch let error as BridgeError {
            guard !self.isOnlyFrontEnd else {
                let exit: ServiceExitCode = error.isRefusal ? .refusedByTaskBroker : .badConfiguration
                throw ServiceStartError(exit: exit, message: error.description)
            }
            self.logger.critical("no more tasks from n8n", metadata: ["reason": "\(error)"])
        }
        // The service group would shut down if `run` returned here, although another front end still serves.
        try? await gracefulShutdown()
    }
}
