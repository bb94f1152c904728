public import Linux
public import Logging
public import NIOCore
public import ServiceLifecycle
import Synchronization
public import Tasks

/// The bridge to n8n, which makes this service one of n8n's Python task runners. It connects to n8n's task broker, offers
/// the service's task slots, submits the tasks that the task broker sends to the dispatcher, and reports their outcomes.
///
/// After a lost connection the bridge reconnects with backoff; a refusal by the task broker ends the bridge. When a
/// connection is lost, its tasks are cancelled, because their results could not be delivered.
public final class TaskBrokerBridge: Service {
    private enum Phase {
        case running
        /// Accepts no new tasks and waits for the running tasks.
        case draining
        case stopping
    }

    private struct State {
        var phase = Phase.running
        /// The limits of the next connection.
        var limits: ConnectionLimits
        var attempt: ConnectionAttempt?
        var session: Session?
    }

    private let configuration: BridgeConfiguration
    private let dispatcher: any TaskDispatching
    private let group: any EventLoopGroup
    private let work: WorkQueue
    private let logger: Logger
    private let board = BridgeStatusBoard()
    private let state: Mutex<State>

    /// Creates a bridge. ``run()`` connects it.
    ///
    /// - Parameters:
    ///   - configuration: The bridge's settings.
    ///   - dispatcher: Runs the tasks.
    ///   - eventLoopGroup: The event loops of the connection, which the caller owns.
    ///   - logger: Receives events of the connection, never a token.
    ///   - work: Parses large messages, so that the event loops can serve other connections meanwhile.
    public init(
        configuration: BridgeConfiguration,
        dispatcher: any TaskDispatching,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger,
        work: WorkQueue = WorkQueue()
    ) {
        self.configuration = configuration
        self.dispatcher = dispatcher
        self.group = eventLoopGroup
        self.work = work
        self.logger = logger
        self.state = Mutex(State(limits: ConnectionLimits(configuration)))
    }

    /// The current status. Thread-safe.
    public var status: BridgeStatus { self.board.current }

    /// Sets the largest message and the number of task slots of the next connection. Thread-safe.
    ///
    /// An open connection keeps its limits: a message of the old size may be partly received, and offers of the old slots may
    /// be accepted.
    public func setLimits(maximumPayload: Int, maximumConcurrency: Int) {
        self.state.withLock {
            $0.limits = ConnectionLimits(maximumPayload: maximumPayload, maximumConcurrency: maximumConcurrency)
        }
    }

    /// Keeps offering and running tasks after the service was told to stop, until the task broker announces its shutdown,
    /// the connection ends, or `limit` has passed. n8n ends its running executions before its task broker announces the
    /// shutdown, and those executions may still start Python tasks. Returns at once when the runner is not registered or is
    /// draining.
    public func serveUntilDrain(within limit: Duration) async {
        let session = self.state.withLock { state -> Session? in
            if case .running = state.phase { state.session } else { nil }
        }
        guard let session, self.status.isRegistered else { return }
        self.logger.notice("told to stop, serving until the task broker drains", metadata: ["limit": "\(limit)"])
        await session.waitForDrain(within: limit)
    }

    /// Accepts no new tasks from now on; the connection is closed when the running tasks have ended. Thread-safe, and may
    /// be called more than once.
    ///
    /// Must be called before the dispatcher starts to reject tasks: otherwise the bridge would accept tasks that then fail.
    public func beginDraining() {
        let session = self.state.withLock { state -> Session? in
            guard case .running = state.phase else { return nil }
            state.phase = .draining
            return state.session
        }
        session?.shutDown()
    }

    /// Calls ``beginDraining()`` if there is no task. An accepted task whose settings have not arrived counts as a task.
    /// The check and the drain run together on the connection's event loop, so that no offer is accepted in between.
    ///
    /// - Returns: Whether there was no task.
    public func beginDrainingIfIdle() async -> Bool {
        if let session = self.state.withLock(\.session), await !session.shutDownIfIdle() { return false }
        self.beginDraining()
        return true
    }

    /// Serves the task broker until graceful shutdown or cancellation. May be called at most once.
    ///
    /// On graceful shutdown the bridge starts no further tasks, and `run` returns when the running tasks have ended; the
    /// dispatcher bounds that time. On cancellation the connection is closed at once.
    ///
    /// - Throws: ``BridgeError`` when the configuration cannot work or the task broker refuses the runner.
    public func run() async throws {
        let connector = try TaskBrokerConnector(
            self.configuration,
            dispatcher: self.dispatcher,
            status: self.board,
            group: self.group,
            work: self.work,
            logger: self.logger
        )
        try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                try await self.serve(connector)
            } onGracefulShutdown: {
                self.stop()
            }
        } onCancel: {
            self.abort()
        }
    }

    private func stop() {
        let (attempt, session) = self.state.withLock { state in
            state.phase = .stopping
            return (state.attempt, state.session)
        }
        attempt?.cut()
        session?.shutDown()
    }

    private func abort() {
        let (attempt, session) = self.state.withLock { state in
            state.phase = .stopping
            return (state.attempt, state.session)
        }
        attempt?.cut()
        session?.cut()
    }

    // MARK: Connecting

    private func serve(_ connector: TaskBrokerConnector) async throws {
        var generator = SystemRandomNumberGenerator()
        var machine = ReconnectStateMachine(
            grantToken: self.configuration.grantToken,
            authToken: self.configuration.authToken,
            backoff: self.configuration.backoff
        )
        var action = machine.start(using: &generator)
        while case .running = self.state.withLock({ $0.phase }) {
            switch action {
            case .exchange(let token):
                let result: Swift.Result<SecretToken, AttemptFailure>
                do throws(AttemptFailure) {
                    result = .success(try await connector.tokenExchange.grantToken(for: token))
                } catch {
                    result = .failure(error)
                }
                self.report(result, "no grant token from the task broker")
                action = machine.exchanged(result.mapError(\.classification), using: &generator)
            case .connect(let token):
                let limits = self.state.withLock(\.limits)
                let result = await self.attempt { (attempt) throws(AttemptFailure) in
                    try await connector.connect(with: token, limits: limits, attempt)
                }
                self.report(result, "no connection to the task broker")
                switch result {
                case .success(let session):
                    machine.connected()
                    let report = try await self.hold(session)
                    action = machine.disconnected(wasUseful: report.wasRegistered, using: &generator)
                case .failure(let failure):
                    action = machine.connectFailed(failure.classification, using: &generator)
                }
            case .wait(let delay):
                try await self.sleep(delay)
                action = machine.waited(using: &generator)
            case .restart(let delay, let unexpected):
                self.logger.error("unexpected event, connecting again", metadata: ["event": "\(unexpected)"])
                try await self.sleep(delay)
                action = machine.waited(using: &generator)
            case .end(let error):
                throw error
            }
        }
        // After a drain, the bridge waits for the service group to stop.
        if case .draining = self.state.withLock({ $0.phase }) { try? await gracefulShutdown() }
    }

    /// Waits before the next attempt; graceful shutdown ends the wait early.
    private func sleep(_ delay: Duration) async throws {
        self.logger.debug("waiting before the next attempt", metadata: ["delay": "\(delay)"])
        await cancelWhenGracefulShutdown { try? await Task.sleep(for: delay) }
        try Task.checkCancellation()
    }

    /// Performs one attempt to connect, which a shutdown can abort.
    private func attempt<Value: Sendable>(
        _ body: (ConnectionAttempt) async throws(AttemptFailure) -> Value
    ) async -> Swift.Result<Value, AttemptFailure> {
        let attempt = ConnectionAttempt()
        let isWanted = self.state.withLock { state in
            state.attempt = attempt
            if case .stopping = state.phase { return false }
            return true
        }
        if !isWanted { attempt.cut() }
        defer { self.state.withLock { $0.attempt = nil } }
        do throws(AttemptFailure) {
            return .success(try await body(attempt))
        } catch {
            return .failure(error)
        }
    }

    private func report<Value>(_ result: Swift.Result<Value, AttemptFailure>, _ message: Logger.Message) {
        guard case .failure(let failure) = result, case .running = self.state.withLock({ $0.phase }) else { return }
        self.logger.warning(
            message,
            metadata: ["task_broker": "\(self.configuration.taskBrokerURI)", "reason": "\(failure.reason)"]
        )
    }

    /// Waits until the session has ended.
    private func hold(_ session: Session) async throws -> SessionReport {
        let phase = self.state.withLock { state in
            state.session = session
            return state.phase
        }
        defer { self.state.withLock { $0.session = nil } }
        switch phase {
        case .running: break
        case .draining, .stopping: session.shutDown()
        }
        if Task.isCancelled { session.cut() }
        let report = try await session.ended.get()
        if case .running = self.state.withLock({ $0.phase }) {
            self.logger.warning(
                "connection to the task broker lost",
                metadata: ["reason": "\(report.end.description)"]
            )
        } else {
            self.logger.info("disconnected from the task broker", metadata: ["reason": "\(report.end.description)"])
        }
        return report
    }
}
