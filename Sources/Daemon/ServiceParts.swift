import Dispatcher
import Linux
import Logging
import N8NBridge
import NIOCore
import ServiceLifecycle
import Tasks
import WorkerPool

/// The pool from start to stop. It outlives every other part: what drains still needs workers.
struct PoolService: Service {
    let core: ServiceCore
    let manager: ManagerLink
    let logger: Logger

    func run() async throws {
        do {
            // An import that is made ahead may take long, or never end.
            try await withGracefulShutdownHandler {
                try await self.core.pool.start()
            } onGracefulShutdown: {
                self.core.pool.beginStopping()
            }
        } catch let error as WorkerPoolError {
            // Not to have come to serve is a failure of those only that nobody told to stop.
            guard Task.isShuttingDownGracefully else { throw ServiceStartError(error) }
            return await self.core.pool.stop()
        }
        self.core.ledger.serviceBecameReady()
        self.manager.notify("READY=1\nSTATUS=ready")
        self.logger.notice("ready")
        // A cancelled service stops just the same.
        try? await gracefulShutdown()
        await self.core.pool.stop()
    }
}

extension ServiceStartError {
    init(_ error: WorkerPoolError) {
        switch error {
        case .sandbox(let reason): self.init(exit: .sandboxFloorNotMet, message: reason)
        case .worker(let reason): self.init(exit: .failure, message: reason)
        }
    }
}

/// Turns tasks away once the service is told to stop, and lets those that run come to their end.
///
/// It is the last to start and so the first to stop: while it waits, the front ends go on answering.
struct DrainService: Service {
    let core: ServiceCore
    let bridge: TaskBrokerBridge?
    let manager: ManagerLink
    let grace: Duration
    let logger: Logger

    /// How long the end may take after the grace: tasks are cancelled, the connection to n8n is closed, the pool stops.
    private static let margin = Duration.seconds(20)

    func run() async throws {
        try? await gracefulShutdown()
        self.core.state.beginDraining()
        // Before the dispatcher turns tasks away: the broker must not send any that could only fail.
        self.bridge?.beginDraining()
        // In one message: the time that the manager would otherwise give begins with the first line.
        let patience = (self.grace + Self.margin) / .microseconds(1)
        self.manager.notify("STOPPING=1\nEXTEND_TIMEOUT_USEC=\(Int(patience))\nSTATUS=draining")
        let load = self.core.dispatcher.load
        self.logger.notice("draining", metadata: ["running": "\(load.running)", "waiting": "\(load.waiting)"])
        await self.core.dispatcher.drain(grace: self.grace)
    }
}

/// The bridge as one of the service's front ends.
struct BridgeService: Service {
    let bridge: TaskBrokerBridge
    /// Whether the service is of no use without it.
    let isOnlyWayIn: Bool
    let logger: Logger

    func run() async throws {
        do {
            try await self.bridge.run()
        } catch let error as BridgeError {
            guard !self.isOnlyWayIn else {
                let exit: ServiceExit = error.isRefusal ? .refusedByTaskBroker : .badConfiguration
                throw ServiceStartError(exit: exit, message: error.description)
            }
            self.logger.critical("no more tasks from n8n", metadata: ["reason": "\(error)"])
        }
        // The other front end goes on.
        try? await gracefulShutdown()
    }
}

/// Ends the service when it has had no task for a while.
struct IdleService: Service {
    let core: ServiceCore
    let bridge: TaskBrokerBridge?
    let limit: Duration
    let logger: Logger

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            while true {
                guard self.core.state.isReady(), let since = self.core.ledger.idleSince else {
                    // A task runs or may not come yet; it cannot have been idle for long enough before this much time has passed.
                    try await Task.sleep(for: self.limit)
                    continue
                }
                let end = since + self.limit
                guard end <= .now else {
                    try await Task.sleep(until: end, clock: .continuous)
                    continue
                }
                // The ledger knows nothing yet of a task that the bridge has accepted and n8n is about to send.
                if await self.bridge?.beginDrainingIfIdle() ?? true { break }
                try await Task.sleep(for: self.limit)
            }
            self.logger.notice(
                "no task for a while, stopping",
                metadata: ["seconds": "\(SettingText.seconds(self.limit))"]
            )
        }
    }
}

/// Keeps the service manager's watchdog calm for as long as the event loops turn.
struct WatchdogService: Service {
    let manager: ManagerLink
    let interval: Duration
    let eventLoopGroup: any EventLoopGroup

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                // A loop that is stuck does not answer, and then nobody tells the manager that all is well.
                for loop in self.eventLoopGroup.makeIterator() { try await loop.submit {}.get() }
                self.manager.notify("WATCHDOG=1")
                try await Task.sleep(for: self.interval / 2)
            }
        }
    }
}

/// The way to the service manager, if there is one.
struct ManagerLink: Sendable {
    let notifier: ServiceNotifier?
    let logger: Logger

    /// Sends a state (sd_notify(3)).
    func notify(_ state: String) {
        guard let notifier = self.notifier else { return }
        do {
            try notifier.notify(state)
        } catch {
            self.logger.warning("the service manager cannot be told", metadata: ["error": "\(error)"])
        }
    }
}
