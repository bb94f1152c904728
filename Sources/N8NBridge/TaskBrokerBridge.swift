public import Logging
public import NIOCore
public import ServiceLifecycle
import Synchronization
public import Tasks

/// Makes this service a Python task runner of n8n: it connects to n8n's task broker, offers the service's slots, hands
/// what it is given to the dispatcher, and reports what came of it.
///
/// It comes back by itself whenever the connection is lost, and ends for good when the broker refuses it. A task whose
/// connection is lost is cancelled, since nobody is left to take its result.
public final class TaskBrokerBridge: Service {
    private enum Phase {
        case running
        /// Takes no new tasks, and waits for the running ones.
        case draining
        case stopping
    }

    private struct State {
        var phase = Phase.running
        var maximumPayload: Int
        var attempt: ConnectionAttempt?
        var session: Session?
    }

    private let configuration: BridgeConfiguration
    private let dispatcher: any TaskDispatching
    private let group: any EventLoopGroup
    private let logger: Logger
    private let board = BridgeStatusBoard()
    private let state: Mutex<State>

    /// Makes a bridge, which does not connect before it runs.
    ///
    /// - Parameters:
    ///   - configuration: What to go by.
    ///   - dispatcher: Where tasks go.
    ///   - eventLoopGroup: Where the connection lives. It stays the caller's.
    ///   - logger: For what happens to the connection; no token ever gets there.
    public init(
        configuration: BridgeConfiguration,
        dispatcher: any TaskDispatching,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger
    ) {
        self.configuration = configuration
        self.dispatcher = dispatcher
        self.group = eventLoopGroup
        self.logger = logger
        self.state = Mutex(State(maximumPayload: configuration.maximumPayload))
    }

    /// How things stand. Callable from anywhere.
    public var status: BridgeStatus { self.board.current }

    /// The next connection takes messages of so many bytes. Callable from anywhere.
    ///
    /// A connection that stands keeps its limit: there may be half a message of the old size on its way.
    public func setMaximumPayload(_ bytes: Int) {
        self.state.withLock { $0.maximumPayload = bytes }
    }

    /// Takes no new tasks from now on; the connection is closed when the running ones have ended. Callable from anywhere,
    /// more than once.
    ///
    /// To be called before the dispatcher begins to turn tasks away, so that none is accepted only to fail.
    public func beginDraining() {
        let session = self.state.withLock { state -> Session? in
            guard case .running = state.phase else { return nil }
            state.phase = .draining
            return state.session
        }
        session?.shutDown()
    }

    /// The same as ``beginDraining()`` when there is no task, nor one that was accepted and is yet to come; otherwise nothing.
    /// Decided where offers are accepted, so that none is accepted in between.
    ///
    /// - Returns: Whether there was no task.
    public func beginDrainingIfIdle() async -> Bool {
        if let session = self.state.withLock(\.session), await !session.shutDownIfIdle() { return false }
        self.beginDraining()
        return true
    }

    /// Serves the broker until graceful shutdown or cancellation. May be called once.
    ///
    /// On graceful shutdown nothing is begun any more, and this returns when the running tasks have ended, which is for
    /// the dispatcher to see to. On cancellation the connection is cut.
    ///
    /// - Throws: ``BridgeError`` when the configuration cannot work, or when the broker refuses for good.
    public func run() async throws {
        let connector = try BrokerConnector(
            self.configuration,
            dispatcher: self.dispatcher,
            status: self.board,
            group: self.group,
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

    private func serve(_ connector: BrokerConnector) async throws {
        var generator = SystemRandomNumberGenerator()
        var machine = ReconnectStateMachine(
            grantToken: self.configuration.grantToken,
            authToken: self.configuration.authToken,
            backoff: self.configuration.backoff
        )
        var action = machine.start()
        while case .running = self.state.withLock({ $0.phase }) {
            switch action {
            case .exchange(let token):
                let result = await self.attempt { (attempt) throws(AttemptFailure) in
                    try await connector.exchange(token, attempt)
                }
                self.report(result, "the task broker gives out no grant token")
                action = machine.exchanged(result.mapError(\.verdict), using: &generator)
            case .connect(let token):
                let maximumPayload = self.state.withLock(\.maximumPayload)
                let result = await self.attempt { (attempt) throws(AttemptFailure) in
                    try await connector.connect(with: token, maximumPayload: maximumPayload, attempt)
                }
                self.report(result, "no connection to the task broker")
                switch result {
                case .success(let session):
                    machine.connected()
                    let report = try await self.hold(session)
                    action = machine.disconnected(wasUseful: report.wasRegistered, using: &generator)
                case .failure(let failure):
                    action = machine.connectFailed(failure.verdict, using: &generator)
                }
            case .wait(let delay):
                self.logger.debug("waiting before the next attempt", metadata: ["delay": "\(delay)"])
                await cancelWhenGracefulShutdown { try? await Task.sleep(for: delay) }
                try Task.checkCancellation()
                action = machine.waited()
            case .end(let error):
                throw error
            }
        }
        // Drained: what is left is to be told that everything stops.
        if case .draining = self.state.withLock({ $0.phase }) { try? await gracefulShutdown() }
    }

    /// Does something that can be cut off.
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
            metadata: ["broker": "\(self.configuration.taskBrokerURI)", "reason": "\(failure.reason)"]
        )
    }

    /// Waits for the end of a session.
    private func hold(_ session: Session) async throws -> SessionReport {
        let phase = self.state.withLock { state in
            state.session = session
            return state.phase
        }
        defer { self.state.withLock { $0.session = nil } }
        self.logger.info("connected to the task broker", metadata: ["broker": "\(self.configuration.taskBrokerURI)"])
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
