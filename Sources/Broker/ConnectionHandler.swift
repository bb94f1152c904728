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
    let settings: SettingsInForce
    /// The connections, by user.
    let seats: FairShares
    /// The connections of users without a seat left, who are told so.
    let standingRoom: FairShares
    /// The bytes of bodies, by user.
    let bodyMemory: FairShares
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
    static let chunk = 256 * 1024

    let server: ServerContext
    /// Those in force when the request that is being received or answered began.
    private(set) var settings: HTTPServerSettings
    private let credentials: PeerCredentials
    private var isRefusalLogged = false
    /// Where this connection is counted until it is gone.
    private var seat: FairShares?
    private var isTurnedAway: Bool { self.seat === self.server.standingRoom }

    var machine: ConnectionStateMachine
    var context: ChannelHandlerContext?
    private var entry: ConnectionRegistry.Entry?

    var head: HTTPRequestHead?
    var route: Route?
    var body: [UInt8] = []
    private var announcedLength = 0
    /// How many bytes of a body are counted as being in memory.
    private var bodyCharge = 0

    var outgoing: OutgoingResponse?
    var task: RunningTask?
    /// Whether the response that is outstanding is that of a task the registry counts.
    var isRunCounted = false

    private var held = CircularBuffer<Held>()
    private var isReplaying = false
    private var isReadHeld = false

    /// When the last bytes came.
    var lastArrival = NIODeadline.now()
    /// When the last response was handed over.
    var lastResponse = NIODeadline.distantPast
    var idleTimer: Scheduled<Void>?
    /// Whether bytes came that no request has come of yet.
    var hasPartialHead = false
    var isReceiveTimerSet = false
    /// Counts what the client was seen to read.
    var readingProgress = 0
    var isStallTimerSet = false

    /// Makes the handler of a new connection.
    ///
    /// - Parameters:
    ///   - server: What it shares with the others.
    ///   - credentials: Who is at the other end.
    init(server: ServerContext, credentials: PeerCredentials) {
        self.server = server
        self.settings = server.settings.current
        self.credentials = credentials
        self.machine = ConnectionStateMachine(isDraining: server.connections.phase != .serving)
    }

    var peerID: UInt32 { self.credentials.uid }

    var peer: Peer {
        Peer(uid: self.peerID, isPrivileged: self.peerID == 0 || self.peerID == self.settings.serviceUserID)
    }

    // MARK: The channel's life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let entry = ConnectionRegistry.Entry(self, on: context.eventLoop)
        self.entry = entry
        guard self.server.connections.opened(entry), self.takeSeat() else {
            context.close(promise: nil)
            return
        }
        self.watchIdleness()
    }

    /// Finds a place for this connection.
    ///
    /// - Returns: Whether there is one; it may be good for no more than being told that there is none.
    private func takeSeat() -> Bool {
        if self.server.seats.take(1, for: self.peerID, of: self.settings.maximumConnections) {
            self.seat = self.server.seats
        } else if self.server.standingRoom.take(1, for: self.peerID, of: HTTPServerSettings.maximumTurnedAway) {
            self.seat = self.server.standingRoom
            self.machine.endWithNextResponse()
            self.server.logger.info("connection turned away", metadata: ["peer.uid": "\(self.peerID)"])
        }
        return self.seat != nil
    }

    /// How long it may stay without a request. Where there is no room nobody stands for long.
    var idleTimeout: Duration { self.isTurnedAway ? self.settings.lingerTimeout : self.settings.idleTimeout }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        self.idleTimer?.cancel()
        self.seat?.giveBack(1, of: self.peerID)
        self.seat = nil
        if let entry = self.entry { self.server.connections.closed(entry) }
        self.entry = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.machine.becameInactive()
        self.held.removeAll()
        self.outgoing = nil
        self.body = []
        self.releaseBody()
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
    func takeHeld() {
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
        self.settings = self.server.settings.current
        var refusal = self.peerRefusal()
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
                maximumBody: self.settings.maximumPayload,
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

    /// Why this peer may not use the service, if it may not.
    private func peerRefusal() -> Problem? {
        guard !self.isTurnedAway else { return .tooManyConnections }
        let allowed = self.settings.allowedUserIDs
        guard !allowed.isEmpty, !allowed.contains(self.peerID) else { return nil }
        if !self.isRefusalLogged {
            self.isRefusalLogged = true
            self.server.logger.warning(
                "peer refused",
                metadata: ["peer.uid": "\(self.peerID)", "peer.pid": "\(self.credentials.pid)"]
            )
        }
        return .refused(uid: self.peerID)
    }

    private func bodyReceived(_ buffer: ByteBuffer) {
        switch self.machine.bodyReceived(buffer.readableBytes) {
        case .append:
            let bytes = buffer.readableBytes
            guard self.server.bodyMemory.take(bytes, for: self.peerID, of: self.settings.maximumBodyMemory) else {
                self.body = []
                self.machine.bodyRefused()
                self.respond(.tooMuchWaiting)
                return
            }
            self.bodyCharge += bytes
            let count = self.body.count + buffer.readableBytes
            if count > self.body.capacity {
                // Room for what was announced, but never for more than four times what has come: headers lie.
                self.body.reserveCapacity(max(count, min(self.announcedLength, max(4 * count, 64 * 1024))))
            }
            buffer.withUnsafeReadableBytes { self.body.append(contentsOf: $0) }
        case .drop:
            break
        case .respond(let problem):
            self.body = []
            self.respond(problem)
        }
    }

    /// The body is not in memory any more, or is about to go.
    func releaseBody() {
        guard self.bodyCharge > 0 else { return }
        self.server.bodyMemory.giveBack(self.bodyCharge, of: self.peerID)
        self.bodyCharge = 0
    }

    func run(_ action: ConnectionStateMachine.EndAction) {
        switch action {
        case .handle: self.carryOut()
        case .respond(let problem): self.respond(problem)
        case .close: self.context?.close(promise: nil)
        case .none: break
        }
    }

    func run(_ action: ConnectionStateMachine.InterruptAction) {
        switch action {
        case .respond(let problem): self.respond(problem)
        case .close: self.context?.close(promise: nil)
        case .none: break
        }
    }
}

extension HTTPRequestHead {
    /// Whether the client does not know of chunks, of 100, nor of connections that stay open.
    var isHTTP10: Bool { self.version.major < 1 || (self.version.major == 1 && self.version.minor == 0) }

    /// Whether the decoder reads nothing more after this request, because what follows may be another protocol.
    fileprivate var isUpgrade: Bool { self.method == .CONNECT || self.headers.contains(name: "upgrade") }
}
