import Logging
import NIOCore
import Tasks
import Text

/// One session with the task broker. It is the last handler of the connection's pipeline: it passes the messages of
/// ``MessageParsingHandler`` to ``RunnerStateMachine``, submits tasks to the dispatcher, and sends their outcomes to the task
/// broker.
///
/// All methods run on the connection's event loop. Task events that are emitted on this loop are handled without a hop.
final class SessionHandler: ChannelInboundHandler {
    typealias InboundIn = MessageParsingHandler.InboundOut
    typealias OutboundOut = OutgoingMessage

    struct Configuration {
        var runner: RunnerStateMachine.Configuration
        /// The task broker's address, for the log.
        var taskBroker: String
        var peer: Peer
        /// The largest message that may be sent, in bytes.
        var maximumMessage: Int
        /// The memory that queued prints may take.
        var consoleBacklog: Int
    }

    /// A task that was submitted to the dispatcher or is about to be submitted.
    private struct BridgedTask {
        var observer: BridgeObserver
        var wantsConsole: Bool
        var continuesOnFail: Bool
        var console: ConsoleBudget
    }

    private let configuration: Configuration
    /// The WebSocket handler of the same pipeline, whose queue of prints this handler checks.
    private let socket: WebSocketHandler
    private let dispatcher: any TaskDispatching
    private let logger: Logger
    private let status: BridgeStatusBoard
    private let ended: EventLoopPromise<SessionReport>
    private let drains: EventLoopPromise<Void>

    private var machine: RunnerStateMachine
    private var generator = SystemRandomNumberGenerator()
    private var running: [String: BridgedTask] = [:]
    private var context: ChannelHandlerContext?
    private var end = ConnectionEnd.lost
    private var timer: (fires: ContinuousClock.Instant, scheduled: Scheduled<Void>)?
    private var isFlushing = false
    /// Whether messages of one read are being handled; all replies are flushed at its end.
    private var isReading = false
    private var invalidMessages = InvalidMessageBudget()
    private var rejectionPace = LogPace()
    private var malformedPace = LogPace()
    /// The unknown message types that were already logged.
    private var reported: Set<String> = []

    init(
        _ configuration: Configuration,
        socket: WebSocketHandler,
        dispatcher: any TaskDispatching,
        status: BridgeStatusBoard,
        ended: EventLoopPromise<SessionReport>,
        drains: EventLoopPromise<Void>,
        logger: Logger
    ) {
        self.configuration = configuration
        self.socket = socket
        self.dispatcher = dispatcher
        self.status = status
        self.ended = ended
        self.drains = drains
        self.logger = logger
        self.machine = RunnerStateMachine(configuration.runner)
    }

    // MARK: The channel's life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.status.update { $0.isConnected = true }
        // Logged here and not by the bridge, whose thread may be behind the first messages of the session.
        self.logger.info("connected to the task broker", metadata: ["task_broker": "\(self.configuration.taskBroker)"])
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.finish()
        self.context = nil
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let end as ConnectionEnd: self.end = end
        case let message as SkippedBinaryMessage: self.skip("a binary message of \(message.bytes) bytes")
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.finish()
        context.fireChannelInactive()
    }

    private func finish() {
        self.timer?.scheduled.cancel()
        self.timer = nil
        self.running = [:]
        for id in self.machine.disconnected() {
            // The result of a running task can no longer be delivered.
            _ = self.dispatcher.cancel(id, by: self.configuration.peer)
        }
        self.status.update { $0 = BridgeStatus() }
        self.drains.succeed()
        self.ended.succeed(SessionReport(end: self.end, wasRegistered: self.machine.wasRegistered))
    }

    /// Accepts no new tasks; the connection is closed once the running tasks have ended.
    func shutDown() {
        self.send(self.machine.shutDown())
        self.settle()
    }

    /// Shuts down if there is no task. An accepted task that waits for its settings counts as a task.
    ///
    /// - Returns: Whether there was no task.
    func shutDownIfIdle() -> Bool {
        guard self.machine.taskCount == 0 else { return false }
        self.shutDown()
        return true
    }

    // MARK: Messages

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.isReading = true
        switch self.unwrapInboundIn(data) {
        case .success(let message):
            self.handle(message)
            self.settle()
        case .failure(let error):
            self.skip(error.reason)
            // Invalid UTF-8 ends the WebSocket (RFC 6455, section 8.1). After any other error only the message is skipped.
            guard error.isEncodingAtFault else { return }
            let reason = "malformed message: \(BoundedText.cut(error.reason, toBytes: 80))"
            let violation = WebSocketViolation(code: 1007, reason: reason)
            context.triggerUserOutboundEvent(violation, promise: nil)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.isReading = false
        context.flush()
        context.fireChannelReadComplete()
    }

    /// Logs and skips an invalid message, as n8n's own runner does.
    private func skip(_ reason: String) {
        self.countInvalidMessage()
        guard let suppressed = self.malformedPace.admit(at: .now) else { return }
        self.logger.warning(
            "malformed message from the task broker is skipped",
            metadata: [
                "reason": "\(BoundedText.cut(reason, toBytes: 200))",
                "lines.suppressed": .stringConvertible(suppressed),
            ]
        )
    }

    /// Counts a message that a correct task broker never or rarely sends, and closes the connection when there are too
    /// many.
    private func countInvalidMessage() {
        guard !self.invalidMessages.spend(at: .now), let context = self.context else { return }
        let violation = WebSocketViolation(code: 1008, reason: "too many invalid messages")
        context.triggerUserOutboundEvent(violation, promise: nil)
    }

    private func handle(_ message: TaskBrokerMessage) {
        let now = ContinuousClock.now
        switch message {
        case .infoRequest:
            self.send(self.machine.infoRequested())
        case .runnerRegistered:
            let isFirst = !self.machine.wasRegistered
            self.send(self.machine.registered(at: now, using: &self.generator))
            if isFirst, self.machine.wasRegistered { self.logger.notice("registered with the task broker") }
        case .offerAccepted(let taskID, let offerID):
            self.send(self.machine.offerAccepted(offerID, for: taskID, at: now, using: &self.generator))
        case .settings(let taskID, let settings):
            self.start(taskID, settings)
        case .unusableSettings(let taskID, let problem):
            self.send(self.machine.settingsUnusable(for: taskID, problem: problem, at: now, using: &self.generator))
        case .cancel(let taskID, let reason):
            self.cancel(taskID, reason: reason)
        case .rpcResponse:
            break
        case .drain:
            guard self.machine.taskBrokerDrains() else { return }
            self.drains.succeed()
            self.logger.notice("the task broker is shutting down: no more offers are made")
        case .unknown(let type):
            // Logs one line for each type, and bounds the number of types, because the task broker can invent any number of
            // them.
            let excerpt = BoundedText.cut(type, toBytes: 100)
            guard self.reported.count < 20, self.reported.insert(excerpt).inserted else { return }
            self.logger.warning("unknown message from the task broker", metadata: ["type": "\(excerpt)"])
        }
    }

    private func start(_ taskID: String, _ settings: TaskBrokerMessage.TaskSettings) {
        let ticket: Int
        switch self.machine.settingsReceived(for: taskID) {
        case .run(let given):
            ticket = given
        case .send(let message):
            self.send([message])
            return
        case .ignore:
            self.countInvalidMessage()
            guard let suppressed = self.rejectionPace.admit(at: .now) else { return }
            self.logger.warning(
                "duplicate settings for a task are ignored",
                metadata: ["task.n8n_id": "\(taskID)", "lines.suppressed": .stringConvertible(suppressed)]
            )
            return
        }
        guard let context = self.context else { return }
        let observer = BridgeObserver(self, taskID: taskID, ticket: ticket, on: context.eventLoop)
        self.running[taskID] = BridgedTask(
            observer: observer,
            wantsConsole: settings.wantsConsole,
            continuesOnFail: settings.submission.task.continueOnFail,
            console: ConsoleBudget(
                limit: self.configuration.consoleBacklog,
                tasks: self.configuration.runner.capacity
            )
        )
        // The observer may be called before `submit` returns.
        switch self.dispatcher.submit(settings.submission, from: self.configuration.peer, observer: observer) {
        case .success(let id):
            self.machine.taskStarted(taskID, ticket: ticket, as: id)
            self.logger.debug("task started", metadata: ["task.id": "\(id)", "task.n8n_id": "\(taskID)"])
        case .failure(let rejection):
            self.running[taskID] = nil
            self.send(
                self.machine.taskTurnedAway(taskID, ticket: ticket, rejection, at: .now, using: &self.generator)
            )
        }
    }

    private func cancel(_ taskID: String, reason: String) {
        switch self.machine.cancelled(taskID, at: .now, using: &self.generator) {
        case .stop(let id):
            self.logger.info(
                "task cancelled by the task broker",
                metadata: [
                    "task.id": "\(id)", "task.n8n_id": "\(taskID)",
                    "reason": "\(BoundedText.cut(reason, toBytes: 200))",
                ]
            )
            _ = self.dispatcher.cancel(id, by: self.configuration.peer)
        case .send(let messages):
            self.send(messages)
        case .none:
            break
        }
    }

    // MARK: Tasks

    private func isCurrent(_ observer: BridgeObserver) -> Bool {
        self.running[observer.taskID]?.observer === observer
    }

    /// Called by ``BridgeObserver``.
    func taskEmitted(_ event: TaskEvent, to observer: BridgeObserver) {
        guard self.isCurrent(observer), self.running[observer.taskID]?.wantsConsole == true else { return }
        switch event {
        case .console(let arguments):
            self.sendConsole(arguments, of: observer.taskID)
        case .log(_, let text):
            // Tasks in n8n's dialect print with `.console`. Text on stderr is forwarded as one print.
            self.sendConsole(RunnerMessage.consoleArguments(text)[...], of: observer.taskID)
        case .started, .progress, .items:
            break
        }
    }

    private func sendConsole(_ arguments: ArraySlice<UInt8>, of taskID: String) {
        let waiting = self.socket.waitingConsoleBytes
        let text: ArraySlice<UInt8>
        switch self.running[taskID]?.console.admit(arguments.count, waiting: waiting) {
        case .send: text = arguments
        case .cutOff: text = RunnerMessage.consoleArguments(ConsoleBudget.marker)[...]
        case .drop, nil: return
        }
        let callID = RunnerStateMachine.identifier(using: &self.generator)
        self.write(RunnerMessage.console(taskID, callID: callID, arguments: text), .console)
        self.flushSoon()
    }

    /// Called by ``BridgeObserver``.
    func taskFinished(_ outcome: TaskOutcome, to observer: BridgeObserver) {
        guard self.isCurrent(observer) else { return }
        let taskID = observer.taskID
        let continuesOnFail = self.running.removeValue(forKey: taskID)?.continuesOnFail == true
        guard self.machine.isCurrent(taskID, ticket: observer.ticket) else { return }
        let message = RunnerMessage.outcome(
            outcome,
            of: taskID,
            continuesOnFail: continuesOnFail,
            maximumMessage: self.configuration.maximumMessage
        )
        self.write(message, .outcome)
        self.send(self.machine.taskFinished(taskID, at: .now, using: &self.generator))
        self.settle()
    }

    // MARK: Effects

    private func send(_ messages: [RunnerStateMachine.Message]) {
        for message in messages {
            switch message {
            case .info: self.write(RunnerMessage.info())
            case .offer(let id, let validity): self.write(RunnerMessage.offer(id, validFor: validity))
            case .accepted(let taskID): self.write(RunnerMessage.accepted(taskID))
            case .rejected(let taskID, let reason):
                self.countInvalidMessage()
                self.logRefusal("task rejected", taskID, reason)
                self.write(RunnerMessage.rejected(taskID, reason: reason))
            case .failed(let taskID, let problem):
                if problem == RunnerStateMachine.unknownTask { self.countInvalidMessage() }
                self.logRefusal("task not started", taskID, problem)
                self.write(RunnerMessage.failed(taskID, problem: problem))
            }
        }
    }

    /// Logs at most one line a second, because the task broker can cause any number of refusals.
    private func logRefusal(_ message: Logger.Message, _ taskID: String, _ reason: String) {
        guard let suppressed = self.rejectionPace.admit(at: .now) else { return }
        self.logger.info(
            message,
            metadata: [
                "task.n8n_id": "\(taskID)", "reason": "\(reason)", "lines.suppressed": .stringConvertible(suppressed),
            ]
        )
    }

    private func write(_ pieces: RunnerMessage.Pieces, _ kind: OutgoingMessage.Kind = .reply) {
        guard let context = self.context else { return }
        context.write(self.wrapOutboundOut(OutgoingMessage(pieces, kind: kind)), promise: nil)
    }

    /// Schedules one flush for all writes of this turn of the event loop.
    private func flushSoon() {
        guard !self.isFlushing, let context = self.context else { return }
        self.isFlushing = true
        context.eventLoop.assumeIsolated().execute {
            self.isFlushing = false
            self.context?.flush()
        }
    }

    /// Updates the status, flushes, and then closes the connection or sets the timer. Called at the end of every event.
    private func settle() {
        guard let context = self.context else { return }
        // The status is updated before the flush, so that a peer that reacts to a message finds it up to date.
        self.status.update { status in
            status.isConnected = true
            status.isRegistered = self.machine.wasRegistered
            status.tasks = self.machine.taskCount
            status.offers = self.machine.offerCount
        }
        // During a read, `channelReadComplete` flushes once for all messages.
        if !self.isReading { context.flush() }
        if self.machine.isDrained {
            context.triggerUserOutboundEvent(WebSocketClose(code: 1001, reason: "shutting down"), promise: nil)
        } else {
            self.scheduleTimer(context)
        }
    }

    private func scheduleTimer(_ context: ChannelHandlerContext) {
        guard let deadline = self.machine.nextDeadline else { return }
        if let timer = self.timer, timer.fires <= deadline { return }
        self.timer?.scheduled.cancel()
        let delay = max(deadline - .now, .zero)
        let scheduled = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(delay)) {
            self.timer = nil
            self.send(self.machine.timerFired(at: .now, using: &self.generator))
            self.settle()
        }
        self.timer = (deadline, scheduled)
    }
}
