import Logging
import NIOCore
import Tasks

/// What a session was like, once it is over.
struct SessionReport: Sendable {
    var end: ConnectionEnd
    /// Whether the broker had registered the runner.
    var wasRegistered: Bool
}

/// One connection to the broker from its registration to its end: messages to the state machine, tasks to the
/// dispatcher, and their results back.
///
/// All of it happens on the connection's event loop; tasks whose events come on the same loop need no hop.
final class SessionHandler: ChannelInboundHandler {
    typealias InboundIn = [UInt8]
    typealias OutboundOut = [ArraySlice<UInt8>]

    struct Configuration {
        var runner: RunnerStateMachine.Configuration
        var peer: Peer
        /// Bytes of the largest message that may be sent.
        var maximumMessage: Int
    }

    /// A task that the dispatcher has, or is about to have.
    private struct RunningTask {
        var observer: BridgeObserver
        var wantsConsole: Bool
    }

    private let configuration: Configuration
    private let dispatcher: any TaskDispatching
    private let logger: Logger
    private let status: BridgeStatusBoard
    private let ended: EventLoopPromise<SessionReport>

    private var machine: RunnerStateMachine
    private var generator = SystemRandomNumberGenerator()
    private var running: [String: RunningTask] = [:]
    private var context: ChannelHandlerContext?
    private var end = ConnectionEnd.lost
    private var timer: (fires: ContinuousClock.Instant, scheduled: Scheduled<Void>)?
    private var isFlushing = false
    /// Kinds of message that were logged as unknown.
    private var reported: Set<String> = []

    init(
        _ configuration: Configuration,
        dispatcher: any TaskDispatching,
        status: BridgeStatusBoard,
        ended: EventLoopPromise<SessionReport>,
        logger: Logger
    ) {
        self.configuration = configuration
        self.dispatcher = dispatcher
        self.status = status
        self.ended = ended
        self.logger = logger
        self.machine = RunnerStateMachine(configuration.runner)
    }

    // MARK: The channel's life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.finish()
        self.context = nil
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let end = event as? ConnectionEnd { self.end = end }
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
            // Nobody is left to read what comes of it.
            _ = self.dispatcher.cancel(id, by: self.configuration.peer)
        }
        self.status.update { $0 = BridgeStatus() }
        self.ended.succeed(SessionReport(end: self.end, wasRegistered: self.machine.wasRegistered))
    }

    /// No new tasks; the connection is closed once those that run have ended.
    func shutDown() {
        self.send(self.machine.shutDown())
        self.settle()
    }

    /// The same, unless there is a task: also one that was accepted and whose settings are on their way.
    ///
    /// - Returns: Whether there was none.
    func shutDownIfIdle() -> Bool {
        guard self.machine.taskCount == 0 else { return false }
        self.shutDown()
        return true
    }

    // MARK: Messages

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do throws(MalformedMessage) {
            self.handle(try BrokerMessageParser.parse(self.unwrapInboundIn(data)))
            self.settle()
        } catch {
            self.logger.warning("malformed message from the task broker", metadata: ["reason": "\(error.reason)"])
            let violation = WebSocketViolation(
                code: error.isEncodingAtFault ? 1007 : 1008,
                reason: "malformed message: \(error.reason)"
            )
            context.triggerUserOutboundEvent(violation, promise: nil)
        }
    }

    private func handle(_ message: BrokerMessage) {
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
            self.logger.notice("the task broker is shutting down, offering no more")
            self.machine.brokerDrains()
        case .unknown(let type):
            // Once for each kind, and not for as many as somebody cares to invent.
            let excerpt = type.excerpt(100)
            guard self.reported.count < 20, self.reported.insert(excerpt).inserted else { return }
            self.logger.warning("unknown message from the task broker", metadata: ["type": "\(excerpt)"])
        }
    }

    private func start(_ taskID: String, _ settings: BrokerMessage.TaskSettings) {
        let ticket: Int
        switch self.machine.settingsReceived(for: taskID) {
        case .run(let given):
            ticket = given
        case .send(let message):
            self.send([message])
            return
        case .ignore:
            self.logger.warning("settings for a task that has them already", metadata: ["task.broker_id": "\(taskID)"])
            return
        }
        guard let context = self.context else { return }
        let observer = BridgeObserver(self, taskID: taskID, ticket: ticket, on: context.eventLoop)
        self.running[taskID] = RunningTask(observer: observer, wantsConsole: settings.wantsConsole)
        // The observer may be called before this returns.
        switch self.dispatcher.submit(settings.request, from: self.configuration.peer, observer: observer) {
        case .success(let id):
            self.machine.taskStarted(taskID, ticket: ticket, as: id)
            self.logger.debug("task begun", metadata: ["task.id": "\(id)", "task.broker_id": "\(taskID)"])
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
                metadata: ["task.id": "\(id)", "task.broker_id": "\(taskID)", "reason": "\(reason.excerpt(200))"]
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
            // Not what a task prints in this dialect, but nothing that is said gets lost.
            self.sendConsole(RunnerMessage.consoleArguments(text)[...], of: observer.taskID)
        case .started, .progress:
            break
        }
    }

    private func sendConsole(_ arguments: ArraySlice<UInt8>, of taskID: String) {
        let callID = RunnerStateMachine.identifier(using: &self.generator)
        self.write(RunnerMessage.console(taskID, callID: callID, arguments: arguments))
        self.flushSoon()
    }

    /// Called by ``BridgeObserver``.
    func taskFinished(_ outcome: TaskOutcome, to observer: BridgeObserver) {
        guard self.isCurrent(observer) else { return }
        let taskID = observer.taskID
        self.running[taskID] = nil
        guard self.machine.isCurrent(taskID, ticket: observer.ticket) else { return }
        self.write(self.report(outcome, of: taskID))
        self.send(self.machine.taskFinished(taskID, at: .now, using: &self.generator))
        self.settle()
    }

    private func report(_ outcome: TaskOutcome, of taskID: String) -> RunnerMessage.Pieces {
        let pieces =
            switch outcome.result {
            case .items(let result): RunnerMessage.done(taskID, result: result)
            case .checked: RunnerMessage.done(taskID, result: [0x5B, 0x5D])
            case .failure(let failure): RunnerMessage.failed(taskID, failure)
            }
        let size = pieces.reduce(0) { $0 + $1.count }
        guard size > self.configuration.maximumMessage else { return pieces }
        // The broker would close the connection over it, and every other task with it.
        let failure = TaskFailure(
            .outputExceeded,
            message: "the answer is larger than \(self.configuration.maximumMessage) bytes",
            hint: "Return less, or raise TERRARIUM_MAX_PAYLOAD and n8n's N8N_RUNNERS_MAX_PAYLOAD."
        )
        return RunnerMessage.failed(taskID, failure)
    }

    // MARK: Effects

    private func send(_ messages: [RunnerStateMachine.Message]) {
        for message in messages {
            switch message {
            case .info: self.write(RunnerMessage.info())
            case .offer(let id, let validity): self.write(RunnerMessage.offer(id, validFor: validity))
            case .accepted(let taskID): self.write(RunnerMessage.accepted(taskID))
            case .rejected(let taskID, let reason):
                self.logger.info(
                    "task turned down",
                    metadata: ["task.broker_id": "\(taskID)", "reason": "\(reason)"]
                )
                self.write(RunnerMessage.rejected(taskID, reason: reason))
            case .failed(let taskID, let problem):
                self.logger.info(
                    "task not begun",
                    metadata: ["task.broker_id": "\(taskID)", "reason": "\(problem)"]
                )
                self.write(RunnerMessage.failed(taskID, problem: problem))
            }
        }
    }

    private func write(_ pieces: RunnerMessage.Pieces) {
        guard let context = self.context else { return }
        context.write(self.wrapOutboundOut(pieces), promise: nil)
    }

    /// Flushes once for all that comes up in this turn of the event loop.
    private func flushSoon() {
        guard !self.isFlushing, let context = self.context else { return }
        self.isFlushing = true
        context.eventLoop.assumeIsolated().execute {
            self.isFlushing = false
            self.context?.flush()
        }
    }

    /// What every event ends with.
    private func settle() {
        guard let context = self.context else { return }
        // Before anything leaves: who has heard of a change is to see it in the status as well.
        self.status.update { status in
            status.isConnected = true
            status.isRegistered = self.machine.wasRegistered
            status.tasks = self.machine.taskCount
            status.offers = self.machine.offerCount
        }
        context.flush()
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
