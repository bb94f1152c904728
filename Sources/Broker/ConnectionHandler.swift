import Linux
import Logging
import NIOCore
import NIOHTTP1
import Tasks

/// What all connections of a server share.
struct ServerContext: Sendable {
    let dispatcher: any TaskDispatching
    let reporter: any ServiceReporting
    let connections: ConnectionRegistry
    let traffic: TrafficMeter
    let logger: Logger
}

/// One connection: feeds what arrives to its state machine and does what that says.
///
/// Sits directly behind NIO's request decoder and writes the bytes of responses itself. Reading goes on while a task
/// runs, so that a client that goes away is noticed; what it sends ahead is held back, and with something held back
/// nothing more is read.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = Never
    typealias OutboundOut = IOData

    /// Something that happened ahead of its time.
    private enum Held {
        case part(HTTPServerRequestPart)
        case inputClosed
        case malformed
    }

    /// How many bytes are copied into one buffer, and so at least have to be in flight.
    private static let chunk = 256 * 1024

    let server: ServerContext
    let settings: HTTPServerSettings
    private let peerID: UInt32
    private let refusal: Problem?

    private var machine: ConnectionStateMachine
    private var context: ChannelHandlerContext?
    private var entry: ConnectionRegistry.Entry?

    private var head: HTTPRequestHead?
    private var route: Route?
    private var body: [UInt8] = []
    private var announcedLength = 0

    private var outgoing: OutgoingResponse?
    private var task: RunningTask?
    /// Whether the response that is outstanding is that of a task the registry counts.
    private var isRunCounted = false

    private var held = CircularBuffer<Held>()
    private var isReplaying = false
    private var isReadHeld = false

    /// When the last bytes came.
    private var lastArrival = NIODeadline.now()
    /// Whether bytes came that no request has come of yet.
    private var hasPartialHead = false
    private var isReceiveTimerSet = false
    /// Counts what the client was seen to read.
    private var readingProgress = 0
    private var isStallTimerSet = false

    /// Makes the handler of a new connection.
    ///
    /// - Parameters:
    ///   - server: What it shares with the others.
    ///   - settings: What to go by as long as it lasts.
    ///   - peerID: The user id at the other end.
    ///   - refusal: What every request is answered, if the peer may not use the service.
    init(server: ServerContext, settings: HTTPServerSettings, peerID: UInt32, refusal: Problem?) {
        self.server = server
        self.settings = settings
        self.peerID = peerID
        self.refusal = refusal
        self.machine = ConnectionStateMachine(
            maximumBody: settings.maximumPayload,
            isDraining: server.connections.phase != .serving
        )
    }

    var peer: Peer {
        Peer(uid: self.peerID, isPrivileged: self.peerID == 0 || self.peerID == self.settings.serviceUserID)
    }

    // MARK: The channel's life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let entry = ConnectionRegistry.Entry(self, on: context.eventLoop)
        self.entry = entry
        if !self.server.connections.opened(entry) { context.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        if let entry = self.entry { self.server.connections.closed(entry) }
        self.entry = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.machine.becameInactive()
        self.held.removeAll()
        self.outgoing = nil
        self.body = []
        if let task = self.task {
            self.task = nil
            // Nobody is left to read what it says. The dispatcher delivers an outcome all the same, to nobody.
            if let id = task.id { _ = self.server.dispatcher.cancel(id, by: self.peer) }
        }
        self.endRun()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, case .inputClosed = event {
            self.arrived(.inputClosed)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is HTTPParserError {
            self.arrived(.malformed)
        } else {
            self.server.logger.debug(
                "connection failed",
                metadata: ["error": "\(error)", "peer.uid": "\(self.peerID)"]
            )
            context.close(promise: nil)
        }
    }

    /// The service is shutting down.
    func drain(isFinal: Bool) {
        self.run(self.machine.drain(isFinal: isFinal))
    }

    /// The service is gone.
    func abort() {
        self.context?.close(promise: nil)
    }

    // MARK: Reading

    /// Bytes came, of which nothing more is known yet.
    func bytesArrived(_ count: Int) {
        self.server.traffic.received(count)
        self.lastArrival = .now()
        self.hasPartialHead = true
    }

    func read(context: ChannelHandlerContext) {
        if self.held.isEmpty {
            context.read()
        } else {
            self.isReadHeld = true
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.hasPartialHead = false
        self.arrived(.part(self.unwrapInboundIn(data)))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.watchReceiving()
        context.fireChannelReadComplete()
    }

    private func arrived(_ event: Held) {
        if self.machine.holdsRequests || !self.held.isEmpty {
            self.held.append(event)
        } else {
            self.handle(event)
        }
    }

    private func handle(_ event: Held) {
        switch event {
        case .part(.head(let head)): self.headReceived(head)
        case .part(.body(let buffer)): self.bodyReceived(buffer)
        case .part(.end): self.run(self.machine.endReceived())
        case .inputClosed: self.run(self.machine.inputClosed())
        case .malformed: self.run(self.machine.malformedInput())
        }
    }

    /// Goes on with what was held back.
    private func takeHeld() {
        // A request that is answered at once ends up here again.
        guard !self.isReplaying else { return }
        self.isReplaying = true
        while !self.machine.holdsRequests, let event = self.held.popFirst() { self.handle(event) }
        self.isReplaying = false
        self.watchReceiving()
        if self.held.isEmpty, self.isReadHeld {
            self.isReadHeld = false
            self.context?.read()
        }
    }

    private func headReceived(_ head: HTTPRequestHead) {
        self.head = head
        self.body = []
        var refusal = self.refusal
        if refusal == nil {
            do throws(Problem) {
                self.route = try Route(method: head.method, target: head.uri)
            } catch {
                refusal = error
            }
        }
        let length = head.headers.first(name: "content-length").flatMap { Int($0) }
        let isChunked = head.headers.contains(name: "transfer-encoding")
        let action = self.machine.headReceived(
            ConnectionStateMachine.Head(
                refusal: refusal,
                body: isChunked ? .unknown : length.map { $0 == 0 ? .none : .known($0) } ?? .none,
                expectsContinue: !head.isHTTP10
                    && head.headers.first(name: "expect")?.lowercased() == "100-continue",
                keepsAlive: head.isKeepAlive && !head.isUpgrade
            )
        )
        switch action {
        case .collectBody(let length):
            self.announcedLength = length
        case .sendContinueAndCollectBody(let length):
            self.announcedLength = length
            if let context = self.context {
                let line = ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n")
                context.writeAndFlush(self.wrapOutboundOut(.byteBuffer(line)), promise: nil)
            }
        case .respond(let problem):
            self.respond(problem)
        case .none:
            break
        }
    }

    private func bodyReceived(_ buffer: ByteBuffer) {
        switch self.machine.bodyReceived(buffer.readableBytes) {
        case .append:
            let count = self.body.count + buffer.readableBytes
            if count > self.body.capacity {
                // Room for what was announced, but never for more than twice what has come: headers lie.
                self.body.reserveCapacity(max(count, min(self.announcedLength, max(2 * count, 64 * 1024))))
            }
            buffer.withUnsafeReadableBytes { self.body.append(contentsOf: $0) }
        case .drop:
            break
        case .respond(let problem):
            self.body = []
            self.respond(problem)
        }
    }

    private func run(_ action: ConnectionStateMachine.EndAction) {
        switch action {
        case .handle: self.carryOut()
        case .respond(let problem): self.respond(problem)
        case .close: self.context?.close(promise: nil)
        case .none: break
        }
    }

    private func run(_ action: ConnectionStateMachine.InterruptAction) {
        switch action {
        case .respond(let problem): self.respond(problem)
        case .close: self.context?.close(promise: nil)
        case .none: break
        }
    }

    // MARK: Carrying out

    private func carryOut() {
        guard let route = self.route else { preconditionFailure("a request without a route is to be carried out") }
        // The body goes on with the request; nothing of it stays here while the task runs.
        let body = self.body
        self.body = []
        switch route {
        case .run: self.submit(body, for: .run)
        case .check: self.submit(body, for: .check)
        case .listTasks: self.respond(.json(StatusEncoding.tasks(self.server.dispatcher.tasks(visibleTo: self.peer))))
        case .cancelTask(let id):
            if self.server.dispatcher.cancel(id, by: self.peer) {
                self.respond(.json(StatusEncoding.cancelled(id), status: 202, phrase: "Accepted"))
            } else {
                self.respond(Route.unknownTask)
            }
        case .info: self.respond(.json(StatusEncoding.info(self.server.reporter.serviceInfo())))
        case .health: self.respond(.json(StatusEncoding.state("ok")))
        case .readiness:
            if self.server.connections.phase == .serving, self.server.reporter.isReady() {
                self.respond(.json(StatusEncoding.state("ready")))
            } else {
                let body = StatusEncoding.state("unready")
                self.respond(.json(body, status: 503, phrase: Problem.Status.serviceUnavailable.phrase))
            }
        case .metrics:
            let page = Array(self.server.reporter.metricsPage().utf8)
            let type = "text/plain; version=0.0.4; charset=utf-8"
            self.respond(Response(status: 200, phrase: "OK", contentType: type, body: [page[...]]))
        }
    }

    private func submit(_ body: [UInt8], for purpose: TaskPurpose) {
        guard let context = self.context else { return }
        let request: TaskRequest
        do throws(Problem) {
            request = try TaskRequestParser.parse(body, for: purpose)
        } catch {
            self.respond(error)
            return
        }
        guard self.server.connections.beginRun() else {
            self.respond(Problem(.draining))
            return
        }
        self.isRunCounted = true
        let observer = ConnectionObserver(self, on: context.eventLoop)
        self.task = RunningTask(
            observer: observer,
            purpose: purpose,
            isStreaming: purpose == .run && self.wantsEvents
        )
        switch self.server.dispatcher.submit(request, from: self.peer, observer: observer) {
        case .success(let id):
            self.taskAccepted(id, to: observer)
        case .failure(let rejection):
            self.task = nil
            self.respond(Problem(rejection))
        }
    }

    /// Whether the client asked for a stream of events.
    private var wantsEvents: Bool {
        guard let head = self.head else { return false }
        return head.headers[canonicalForm: "accept"].contains { value in
            let type = value.prefix { $0 != ";" }
            return type.lowercased() == "application/x-ndjson"
        }
    }

    // MARK: The task

    private func isWaiting(for observer: ConnectionObserver) -> Bool { self.task?.observer === observer }

    /// The dispatcher has named the task, by its answer or by an event that came before that.
    private func taskAccepted(_ id: TaskID, to observer: ConnectionObserver) {
        guard self.isWaiting(for: observer), self.task?.id == nil else { return }
        self.task?.id = id
        guard self.task?.isStreaming == true else { return }
        let event = OutcomeEncoding.acceptedEvent(id)
        self.begin(
            Response(status: 200, phrase: "OK", contentType: "application/x-ndjson", body: [event[...]]),
            isWhole: false
        )
    }

    /// Called by ``ConnectionObserver``.
    func taskEmitted(_ event: TaskEvent, _ id: TaskID, to observer: ConnectionObserver) {
        self.taskAccepted(id, to: observer)
        guard self.isWaiting(for: observer) else { return }
        switch event {
        // Prints of the bridge's tasks are not reported here.
        case .started, .console: return
        case .log(let stream, let text): self.task?.logs.append(text, to: stream)
        case .progress(let done, let total): self.task?.progress = (done, total)
        }
        guard let context = self.context, self.task?.isStreaming == true, self.task?.isShowingEvents == false else {
            return
        }
        // What comes up in one turn of the event loop is written in one go.
        self.task?.isShowingEvents = true
        context.eventLoop.assumeIsolated().execute { self.showEvents(to: observer) }
    }

    /// Writes the events that came up, unless the client does not read: then they wait where they are.
    private func showEvents(to observer: ConnectionObserver) {
        guard self.isWaiting(for: observer) else { return }
        self.task?.isShowingEvents = false
        guard self.context?.channel.isWritable == true, self.outgoing?.isEmpty == true,
            let events = self.task?.takeEvents()
        else { return }
        self.outgoing?.append(events[...])
        self.write()
    }

    /// Called by ``ConnectionObserver``.
    func taskFinished(_ outcome: TaskOutcome, _ id: TaskID, to observer: ConnectionObserver) {
        self.taskAccepted(id, to: observer)
        guard self.isWaiting(for: observer), var task = self.task else { return }
        self.task = nil
        if task.purpose == .check {
            do throws(Problem) {
                self.respond(.json(try OutcomeEncoding.checkResponse(outcome)))
            } catch {
                self.respond(error)
            }
        } else if task.isStreaming {
            self.outgoing?.append(task.takeEvents()[...])
            for piece in OutcomeEncoding.response(id, outcome, logs: task.logs, isEvent: true) {
                self.outgoing?.append(piece)
            }
            self.outgoing?.finish()
            self.write()
        } else {
            let body = OutcomeEncoding.response(id, outcome, logs: task.logs, isEvent: false)
            self.respond(Response(status: 200, phrase: "OK", contentType: "application/json", body: body))
        }
    }

    // MARK: Writing

    private func respond(_ problem: Problem) {
        self.respond(Response(problem))
    }

    private func respond(_ response: Response) {
        self.begin(response, isWhole: true)
    }

    private func begin(_ response: Response, isWhole: Bool) {
        let isHTTP10 = self.head?.isHTTP10 ?? false
        let framing: OutgoingResponse.Framing =
            if self.head?.method == .HEAD {
                .omitted
            } else if isWhole {
                .length
            } else {
                isHTTP10 ? .untilClose : .chunked
            }
        self.outgoing = OutgoingResponse(
            response,
            framing: framing,
            keepsAlive: self.machine.responseKeepsAlive && framing != .untilClose,
            isHTTP10: isHTTP10
        )
        self.write()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            self.readingProgress += 1
            self.write()
            if let observer = self.task?.observer { self.showEvents(to: observer) }
        }
        context.fireChannelWritabilityChanged()
    }

    /// Writes as much of the response as the client takes.
    private func write() {
        guard let context = self.context, self.outgoing != nil else { return }
        var hasWritten = false
        while context.channel.isWritable,
            let buffer = self.outgoing?.next(upTo: Self.chunk, using: context.channel.allocator)
        {
            self.server.traffic.sent(buffer.readableBytes)
            context.write(self.wrapOutboundOut(.byteBuffer(buffer)), promise: nil)
            hasWritten = true
        }
        if let outgoing = self.outgoing, outgoing.isFinished, outgoing.isEmpty {
            self.outgoing = nil
            self.finish(context)
        } else if hasWritten {
            context.flush()
        }
        if !context.channel.isWritable { self.watchStalling() }
    }

    private func finish(_ context: ChannelHandlerContext) {
        let action = self.machine.responseFinished()
        self.head = nil
        self.route = nil
        switch action {
        case .takeNextRequest:
            context.flush()
            self.endRun()
            self.takeHeld()
        case .close:
            self.flushed(context) { $0.close(promise: nil) }
            self.endRun()
            self.closeLater(context, after: self.settings.stallTimeout)
        case .linger:
            self.flushed(context) { $0.close(mode: .output, promise: nil) }
            self.endRun()
            self.closeLater(context, after: self.settings.lingerTimeout)
        case .none:
            self.endRun()
        }
    }

    private func endRun() {
        guard self.isRunCounted else { return }
        self.isRunCounted = false
        self.server.connections.endRun()
    }

    /// Calls `body` when everything that was written has reached the socket.
    private func flushed(_ context: ChannelHandlerContext, _ body: @escaping (ChannelHandlerContext) -> Void) {
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in
            guard let context = self.context else { return }
            body(context)
        }
        context.writeAndFlush(self.wrapOutboundOut(.byteBuffer(ByteBuffer())), promise: promise)
    }

    // MARK: Time

    private func closeLater(_ context: ChannelHandlerContext, after time: Duration) {
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) { self.context?.close(promise: nil) }
    }

    /// Sets a timer when a request has begun and not ended. It is not taken back when the request ends, but finds
    /// nothing to do then: requests that come in one piece, that is nearly all, cost no timer at all.
    private func watchReceiving() {
        guard let context = self.context, !self.isReceiveTimerSet, self.isAwaitingBytes else { return }
        self.isReceiveTimerSet = true
        self.scheduleReceiveTimer(context, at: self.lastArrival + TimeAmount(self.settings.receiveTimeout))
    }

    private var isAwaitingBytes: Bool {
        self.machine.isReceiving || (self.hasPartialHead && self.machine.isIdle)
    }

    private func scheduleReceiveTimer(_ context: ChannelHandlerContext, at deadline: NIODeadline) {
        context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            guard let context = self.context, self.isAwaitingBytes else {
                self.isReceiveTimerSet = false
                return
            }
            let next = self.lastArrival + TimeAmount(self.settings.receiveTimeout)
            if next > .now() {
                self.scheduleReceiveTimer(context, at: next)
            } else {
                self.isReceiveTimerSet = false
                self.run(self.machine.receivingTimedOut())
            }
        }
    }

    /// Sets a timer while the client does not read what was written.
    private func watchStalling() {
        guard let context = self.context, !self.isStallTimerSet else { return }
        self.isStallTimerSet = true
        let progress = self.readingProgress
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(self.settings.stallTimeout)) {
            self.isStallTimerSet = false
            guard let context = self.context, !context.channel.isWritable else { return }
            guard self.readingProgress == progress else {
                self.watchStalling()
                return
            }
            self.server.logger.info("client does not read", metadata: ["peer.uid": "\(self.peerID)"])
            context.close(promise: nil)
        }
    }
}

extension HTTPRequestHead {
    /// Whether the client does not know of chunks, of 100, nor of connections that stay open.
    fileprivate var isHTTP10: Bool { self.version.major < 1 || (self.version.major == 1 && self.version.minor == 0) }

    /// Whether the decoder reads nothing more after this request, because what follows may be another protocol.
    fileprivate var isUpgrade: Bool { self.method == .CONNECT || self.headers.contains(name: "upgrade") }
}
