import Dispatcher
import Logging
import N8NBridge
import ServiceLifecycle

/// On shutdown, rejects new tasks and waits for the running tasks.
///
/// It starts last and therefore stops first: the front ends still respond while it waits.
struct DrainService: Service {
    let core: ServiceCore
    let bridge: TaskBrokerBridge?
    let manager: ServiceManagerNotifier
    /// How long running tasks may continue before they are cancelled.
    let grace: Duration
    let logger: Logger

    /// How long the end of the service may take after the grace period: cancelling tasks, closing the connection to n8n, and
    /// stopping the pool.
    private static let margin = Duration.seconds(20)

    func run() async throws {
        try? await gracefulShutdown()
        self.core.state.beginDraining()
        // STOPPING=1 and the timeout are in one message, because the service manager starts its own stop timeout at
        // STOPPING=1.
        let timeout = (self.grace + Self.margin) / .microseconds(1)
        self.manager.notify("STOPPING=1\nEXTEND_TIMEOUT_USEC=\(Int(timeout))\nSTATUS=draining")
        // The grace period covers both waits: tasks in the dispatcher get the time that remains after n8n's executions.
        let end = ContinuousClock.now + self.grace
        await self.bridge?.serveUntilDrain(within: self.grace)
        // The bridge stops offering before the dispatcher rejects tasks, so that n8n sends no task that would be rejected.
        self.bridge?.beginDraining()
        let load = self.core.dispatcher.load
        self.logger.notice(
            "draining",
            metadata: ["running": .stringConvertible(load.running), "waiting": .stringConvertible(load.waiting)]
        )
        await self.core.dispatcher.drain(grace: max(.zero, end - .now))
    }
}
