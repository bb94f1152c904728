import Linux
import Logging
import NIOCore
import NIOHTTP1
import Tasks

/// Handles one connection: passes decoded requests to its ``ConnectionStateMachine`` and performs the actions it returns.
///
/// This is the last handler of the pipeline (``ConnectionPipeline``). The ``PipeliningHandler`` before it delivers one
/// request at a time. Reading continues while a task runs, to notice when the client closes the connection. The handler
/// runs on the channel's event loop. Tasks and reloads are in `ConnectionHandler+Tasks.swift`.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    let server: ServerContext
    private let logger: Logger
    private let credentials: PeerCredentials
    private let pipelining: PipeliningHandler
    let writer: ResponseWriter
    /// The settings in force when the current request began.
    private var settings: HTTPServerSettings
    private var machine: ConnectionStateMachine
    var context: ChannelHandlerContext?
    private var entry: ConnectionRegistry.Entry?
    private var slot: ConnectionSlot?
    private var turns: RequestTurns?
    private var isRefusalLogged = false
    var request: IncomingRequest?
    var charges: ConnectionCharges
    var task: AwaitedTask?
    /// The large body of a request that is being read on another thread. It is charged until that has ended.
    var reading: BodyReading?
    /// Whether the outstanding response belongs to a task or a reload that the registry counts.
    var isTaskCounted = false
    /// Whether the client waits for the end of a reload.
    var isReloading = false
    private var deadlines: ConnectionDeadlines

    /// Creates the handler of a new connection. `logger` has the peer's user in its metadata.
    init(
        server: ServerContext,
        logger: Logger,
        credentials: PeerCredentials,
        pipelining: PipeliningHandler
    ) {
        self.server = server
        self.logger = logger
        self.credentials = credentials
        self.pipelining = pipelining
        self.writer = ResponseWriter(logger: logger)
        let settings = server.settings.current
        self.settings = settings
        self.machine = ConnectionStateMachine(isDraining: server.connections.phase != .serving)
        self.charges = ConnectionCharges(server.memory, for: credentials.uid)
        self.deadlines = ConnectionDeadlines(settings, isForRejection: false)
    }

    var peer: Peer {
        let uid = self.credentials.uid
        return Peer(uid: uid, isPrivileged: uid == 0 || uid == self.settings.serviceUserID)
    }

    // MARK: The channel's life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.writer.attach(context) { [unowned self] in self.responseWritten(context) }
        self.turns = self.server.turns.turns(of: context.eventLoop)
        let entry = ConnectionRegistry.Entry(self, on: context.eventLoop)
        self.entry = entry
        let uid = self.credentials.uid
        guard self.server.connections.opened(entry), let slot = ConnectionSlot(for: uid, of: self.server) else {
            context.close(promise: nil)
            return
        }
        self.slot = slot
        if slot.isForRejection {
            self.machine.endWithNextResponse()
            self.deadlines = ConnectionDeadlines(self.settings, isForRejection: true)
            self.logger.info("connection turned away")
        }
        let idleHandler = IdleStateHandler(readTimeout: TimeAmount(self.deadlines.quietPeriod))
        // As the first handler, `idleHandler` sees one event for each read, instead of one for each part of a request.
        try? context.pipeline.syncOperations.addHandler(idleHandler, position: .first)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        self.writer.detach()
        self.slot?.release()
        self.slot = nil
        if let entry = self.entry { self.server.connections.closed(entry) }
        self.entry = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.machine.becameInactive()
        self.writer.detach()
        self.request = nil
        self.reading?.abandon()
        if self.reading == nil { self.charges.releaseRequest() }
        self.charges.responseEnded()?.release()
        if let task = self.task {
            self.task = nil
            // The outcome of the cancelled task is discarded.
            if let id = task.id { _ = self.server.dispatcher.cancel(id, by: self.peer) }
        }
        self.isReloading = false
        self.endTask()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed: self.run(self.machine.inputClosed())
        case IdleStateHandler.IdleStateEvent.read:
            self.run(self.deadlines.quietPeriodPassed(isReceiving: self.isReceiving, at: .now()))
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is HTTPParserError {
            self.run(self.machine.malformedInput())
        } else {
            self.logger.debug("connection failed", metadata: ["error": "\(error)"])
            context.close(promise: nil)
        }
    }

    /// Called by ``ConnectionRegistry`` when the service shuts down.
    func drain(isFinal: Bool) {
        self.run(self.machine.drain(isFinal: isFinal))
    }

    /// Called by ``ConnectionRegistry`` when the service is cancelled.
    func abort() {
        self.context?.close(promise: nil)
    }

    private func run(_ action: ConnectionStateMachine.InterruptAction) {
        switch action {
        case .respond(let problem):
            self.pipelining.discardInput()
            self.respond(problem)
        case .close:
            self.context?.close(promise: nil)
        case .none:
            break
        }
    }

    private func run(_ action: ConnectionDeadlines.Action) {
        switch action {
        case .requestTimedOut: self.run(self.machine.receivingTimedOut())
        case .idledOut: self.run(self.machine.idledOut())
        case .none: break
        }
    }

    private func fail(_ event: ConnectionStateMachine.UnexpectedEvent) {
        self.logger.error(
            "connection closed after an unexpected event",
            metadata: ["event": "\(event.event)", "state": "\(event.state)"]
        )
        self.context?.close(promise: nil)
    }

    // MARK: Receiving

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            self.headReceived(head, context)
        case .body(let buffer):
            self.bodyReceived(buffer)
        case .end:
            self.pipelining.requestEnded()
            switch self.machine.endReceived() {
            case .handle: self.turns?.run(for: self.credentials.uid) { self.carryOut() }
            case .respond(let problem): self.respond(problem)
            case .close: context.close(promise: nil)
            case .fail(let event): self.fail(event)
            case .none: break
            }
        }
    }

    private func headReceived(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        self.settings = self.server.settings.current
        var refusal = self.refusal()
        var route: Route?
        if refusal == nil {
            do throws(ProblemDocument) {
                route = try Route(method: head.method, target: head.uri)
                if head.hasEncodedBody { throw .encodedBody }
            } catch {
                refusal = error
            }
        }
        let request = IncomingRequest(head, route: route)
        self.request = request
        let length = request.announcedLength
        self.pipelining.bodyAnnounced(length)
        let room = self.server.memory.limits.largestRequest - ConnectionCharges.connection
        let maximum = min(self.settings.maximumPayload, max(0, room))
        switch self.machine.headReceived(.init(head, bodyLength: length, refusal: refusal, maximumBody: maximum)) {
        case .sendContinueAndCollectBody:
            let head = HTTPResponseHead(version: .http1_1, status: .continue)
            context.writeAndFlush(self.wrapOutboundOut(.head(head)), promise: nil)
        case .respond(let problem): self.respond(problem)
        case .fail(let event): self.fail(event)
        case .collectBody, .none: break
        }
    }

    private func refusal() -> ProblemDocument? {
        if self.slot?.isForRejection == true { return .tooManyConnections }
        let refusal = self.server.refusal(of: self.credentials.uid, self.settings)
        if refusal != nil, !self.isRefusalLogged {
            self.isRefusalLogged = true
            self.logger.warning("peer refused", metadata: ["peer.pid": .stringConvertible(self.credentials.pid)])
        }
        return refusal
    }

    private func bodyReceived(_ buffer: ByteBuffer) {
        let count = buffer.readableBytes
        var action = self.machine.bodyReceived(count)
        if action == .append {
            if self.charges.bodyReceived(count) {
                self.request?.append(buffer)
            } else {
                action = self.machine.bodyRefused(.memoryExhausted)
            }
        }
        switch action {
        case .respond(let problem): self.respond(problem)
        case .fail(let event): self.fail(event)
        case .append, .drop: break
        }
    }

    /// Whether a request has begun to arrive and is incomplete.
    private var isReceiving: Bool {
        self.machine.isReceiving || (self.machine.isIdle && self.pipelining.isInsideHead)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        let received = self.isReceiving ? self.request?.body.count ?? 0 : nil
        self.run(self.deadlines.bytesReceived(received, at: .now()))
        context.fireChannelReadComplete()
    }

    // MARK: Carrying out

    private func carryOut() {
        guard let route = self.request?.route else { return }
        // The body moves into the task, so that this handler does not keep it in memory while the task runs.
        let body = self.request?.takeBody() ?? []
        switch route {
        case .run: self.submit(body, for: .run)
        case .check: self.submit(body, for: .check)
        case .reload: self.reload()
        case .listTasks, .cancelTask, .history, .info, .settings, .openAPI, .health, .readiness, .metrics:
            guard let response = self.server.response(to: route, from: self.peer) else { return }
            let isKept = self.charges.responseBegins(response.body.reduce(0) { $0 + $1.count })
            self.respond(isKept ? response : Response(.memoryExhausted))
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.writer.writabilityChanged()
        self.sendEvents()
        context.fireChannelWritabilityChanged()
    }

    // MARK: Responding

    func respond(_ problem: ProblemDocument) {
        self.respond(Response(problem))
    }

    func respond(_ response: Response) {
        self.request?.dropBody()
        self.charges.releaseRequest()
        self.begin(response, isComplete: true)
    }

    func begin(_ response: Response, isComplete: Bool) {
        let isHTTP10 = self.request?.isHTTP10 ?? false
        let framing: Response.Framing = isComplete ? .length : isHTTP10 ? .untilClose : .chunked
        // A response framed as `untilClose` ends when the connection closes, even if the client asked for keep-alive.
        if framing == .untilClose { self.machine.endWithNextResponse() }
        let id = self.request?.taskID ?? self.server.newRequestID()
        let response = response.identified(by: id, in: self.request?.trace)
        self.writer.begin(
            response.head(framing: framing, keepsAlive: self.machine.responseKeepsAlive, isHTTP10: isHTTP10),
            body: self.request?.isHead == true ? [] : response.body,
            isComplete: isComplete,
            pace: ReadingPace(window: self.settings.stallTimeout, minimumRate: self.settings.minimumRate)
        )
    }

    private func responseWritten(_ context: ChannelHandlerContext) {
        self.request = nil
        self.charges.responseEnded()?.release()
        self.deadlines.responseWritten(at: .now())
        let action = self.machine.responseFinished()
        self.endTask()
        switch action {
        case .takeNextRequest: self.pipelining.resume()
        case .close: context.close(promise: nil)
        case .linger:
            context.close(mode: .output, promise: nil)
            context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(self.settings.lingerTimeout)) {
                context.close(promise: nil)
            }
        case .fail(let event): self.fail(event)
        case .none: break
        }
    }

    private func endTask() {
        guard self.isTaskCounted else { return }
        self.isTaskCounted = false
        self.server.connections.endTask()
    }
}
