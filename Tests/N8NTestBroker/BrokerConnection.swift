import Foundation
package import NIOCore
package import NIOWebSocket
import Synchronization

/// What a runner said.
package enum Heard: Equatable, Sendable {
    case info(name: String, types: [String])
    case offer(id: String, validFor: Int)
    case accepted(String)
    case rejected(String, reason: String)
    /// With the text of the result.
    case done(String, result: [UInt8])
    /// With the text of the error object.
    case error(String, message: String, text: String)
    case console(String, [String])
    case ping
    case pong
    case close(code: Int?, reason: String)
    /// The connection is gone.
    case gone

    /// Whether it ends a task.
    package var isEnd: Bool {
        switch self {
        case .done, .error: true
        case .info, .offer, .accepted, .rejected, .console, .ping, .pong, .close, .gone: false
        }
    }

    /// Bytes of the result.
    package var resultSize: Int? {
        if case .done(_, let result) = self { result.count } else { nil }
    }
}

/// One connection at the broker's end: keeps the protocol itself, unless a test asks it not to, and watches the runner.
package final class BrokerConnection: Sendable {
    private enum TaskState {
        case asked(at: NIODeadline)
        case accepted
        case running
        case cancelled
    }

    private struct State {
        var wasAskedForInfo = false
        var isInformed = false
        var isRegistered = false
        var isDraining = false
        var hasClosed = false
        /// Every offer ever made.
        var offers: Set<String> = []
        var tasks: [String: TaskState] = [:]
        /// Tasks that the runner is right to call unknown.
        var strangers: Set<String> = []
        var calls: Set<String> = []
        var masks: Set<[UInt8]> = []
        var frames = 0
        var closesItself = false
    }

    package let broker: TestBroker
    package let heard = Mailbox<Heard>()
    private let channel: any Channel
    private let state = Mutex(State())

    package init(_ broker: TestBroker, _ channel: any Channel) {
        self.broker = broker
        self.channel = channel
    }

    // MARK: Saying

    /// Sends a text message, whatever it says.
    package func send(_ text: String) {
        self.send(ByteBuffer(string: text))
    }

    package func send(_ text: ByteBuffer) {
        self.sendFrame(WebSocketFrame(fin: true, opcode: .text, data: text))
    }

    package func sendFrame(_ frame: WebSocketFrame) {
        self.channel.writeAndFlush(frame, promise: nil)
    }

    /// Sends bytes that need not be a frame.
    package func sendRaw(_ bytes: [UInt8]) {
        self.channel.eventLoop.execute {
            guard let first = try? self.channel.pipeline.syncOperations.context(handlerType: WebSocketFrameEncoder.self)
            else { return }
            first.writeAndFlush(NIOAny(ByteBuffer(bytes: bytes)), promise: nil)
        }
    }

    package func sendPing(_ payload: String) {
        self.sendFrame(WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer(string: payload)))
    }

    package func sendClose(_ code: Int) {
        let payload = ByteBuffer(bytes: [UInt8(code >> 8), UInt8(code & 0xFF)])
        self.state.withLock { $0.closesItself = true }
        self.sendFrame(WebSocketFrame(fin: true, opcode: .connectionClose, data: payload))
    }

    /// Whether the closing handshake was begun at this end.
    package var closesItself: Bool { self.state.withLock(\.closesItself) }

    package func pauseReading() {
        self.channel.setOption(.autoRead, value: false).whenComplete { _ in }
    }

    package func resumeReading() {
        self.channel.setOption(.autoRead, value: true).whenComplete { _ in }
    }

    /// Waits until what was sent so far is in the hands of the kernel.
    package func flushed() async throws {
        try await self.channel.eventLoop.submit {}.get()
    }

    /// Goes away without a word.
    package func cut() {
        self.channel.close(promise: nil)
    }

    package func askForInfo() {
        self.state.withLock { $0.wasAskedForInfo = true }
        self.send(#"{"type":"broker:inforequest"}"#)
    }

    package func confirmRegistration() {
        self.state.withLock { $0.isRegistered = true }
        self.send(#"{"type":"broker:runnerregistered"}"#)
    }

    /// Introductions, up to where offers come.
    package func register() async throws {
        self.askForInfo()
        let info = try await self.next("the runner's info") { if case .info = $0 { true } else { false } }
        if info != .info(name: "Terrarium", types: ["python"]) { self.broker.violated("introduces itself as \(info)") }
        self.confirmRegistration()
    }

    package func nextOffer() async throws -> String {
        let offer = try await self.next("an offer") { if case .offer = $0 { true } else { false } }
        guard case .offer(let id, _) = offer else { preconditionFailure() }
        return id
    }

    /// Takes an offer for a task.
    package func accept(_ offerID: String, for taskID: String) {
        self.state.withLock { state in
            if state.tasks[taskID] == nil { state.tasks[taskID] = .asked(at: .now()) }
        }
        self.send(#"{"type":"broker:taskofferaccept","taskId":"\#(taskID)","offerId":"\#(offerID)"}"#)
    }

    /// Waits for an offer, takes it, and waits for the runner to agree.
    package func begin(_ taskID: String) async throws {
        self.accept(try await self.nextOffer(), for: taskID)
        _ = try await self.next("acceptance of \(taskID)") { $0 == .accepted(taskID) }
    }

    package func sendSettings(
        _ taskID: String,
        code: String,
        items: String = "[]",
        mode: String = "runOnceForAllItems",
        continueOnFail: Bool = false,
        more: String = ""
    ) {
        let quoted = (try? JSONSerialization.data(withJSONObject: [code])) ?? Data()
        let text = String(decoding: quoted.dropFirst().dropLast(), as: UTF8.self)
        self.sendSettingsText(
            taskID,
            #"{"code":\#(text),"nodeMode":"\#(mode)","continueOnFail":\#(continueOnFail),"items":\#(items),"#
                + #""workflowName":"My workflow","workflowId":"w1","nodeName":"Code","nodeId":"n1"\#(more)}"#
        )
    }

    package func sendSettingsText(_ taskID: String, _ settings: String) {
        self.expectAnswer(to: taskID)
        self.send(#"{"type":"broker:tasksettings","taskId":"\#(taskID)","settings":\#(settings)}"#)
    }

    /// The settings of a task were sent, or are about to be.
    package func expectAnswer(to taskID: String) {
        self.state.withLock { state in
            switch state.tasks[taskID] {
            case .accepted: state.tasks[taskID] = .running
            case .running, .asked: break
            case .cancelled, nil: state.strangers.insert(taskID)
            }
        }
    }

    package func cancel(_ taskID: String, reason: String = "the user did not want it any more") {
        self.state.withLock { state in
            if case .running = state.tasks[taskID] { return }
            state.tasks[taskID] = .cancelled
        }
        self.send(#"{"type":"broker:taskcancel","taskId":"\#(taskID)","reason":"\#(reason)"}"#)
    }

    package func drain() {
        self.send(#"{"type":"broker:drain"}"#)
    }

    /// Whatever was offered before this has arrived.
    package func noMoreOffers() {
        self.state.withLock { $0.isDraining = true }
    }

    /// Runs a task from its offer to its end.
    package func run(_ taskID: String, code: String, items: String = "[]", more: String = "") async throws -> Heard {
        try await self.begin(taskID)
        self.sendSettings(taskID, code: code, items: items, more: more)
        return try await self.end(of: taskID)
    }

    /// Waits until everything that was sent has been read and dealt with.
    package func roundTrip() async throws {
        self.sendFrame(WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer(string: "sync")))
        _ = try await self.next("a pong") { $0 == .pong }
    }

    // MARK: Hearing

    package func next(_ what: String, where matches: @escaping @Sendable (Heard) -> Bool) async throws -> Heard {
        try await self.heard.next(what, where: matches)
    }

    // Predicates are written here, once each, and never in the argument of `#expect`: the compiler (6.3.1) gives a closure
    // in there the symbol of another closure of the same test, and one of the two is then never called.

    package func nextAcceptance(of taskID: String) async throws {
        _ = try await self.next("acceptance of \(taskID)") { $0 == .accepted(taskID) }
    }

    package func pong() async throws {
        _ = try await self.next("a pong") { $0 == .pong }
    }

    package func ping() async throws {
        _ = try await self.next("a ping") { $0 == .ping }
    }

    package func nextRejection() async throws -> Heard {
        try await self.next("a rejection") { if case .rejected = $0 { true } else { false } }
    }

    package func nextConsole() async throws -> Heard {
        try await self.next("a print") { if case .console = $0 { true } else { false } }
    }

    /// Offers that have come and were not taken out of the mailbox.
    package var waitingOffers: Int {
        self.heard.waiting.count { if case .offer = $0 { true } else { false } }
    }

    package var waitingConsoles: Int {
        self.heard.waiting.count { if case .console = $0 { true } else { false } }
    }

    package func end(of taskID: String) async throws -> Heard {
        try await self.next("the end of \(taskID)") { heard in
            switch heard {
            case .done(let id, _), .error(let id, _, _): id == taskID
            case .info, .offer, .accepted, .rejected, .console, .ping, .pong, .close, .gone: false
            }
        }
    }

    package func close() async throws -> Heard {
        try await self.next("a close frame") { if case .close = $0 { true } else { false } }
    }

    package func gone() async throws {
        _ = try await self.next("the end of the connection") { $0 == .gone }
    }

    private func violated(_ what: String) {
        self.broker.violated(what)
    }

    package func frameReceived(_ frame: WebSocketFrame) -> Bool {
        self.state.withLock { state in
            state.frames += 1
            if let mask = frame.maskKey {
                state.masks.insert(Array(mask))
            } else {
                self.violated("a frame is not masked")
            }
            if state.frames == 50, state.masks.count < 45 { self.violated("masks repeat") }
            if frame.rsv1 || frame.rsv2 || frame.rsv3 { self.violated("reserved bits are set") }
            if state.hasClosed { self.violated("a frame after the close frame") }
            if frame.opcode == .connectionClose { state.hasClosed = true }
        }
        return true
    }

    package func heardPing(_ payload: ByteBuffer) {
        self.heard.put(.ping)
        guard self.broker.options.answersPings else { return }
        self.sendFrame(WebSocketFrame(fin: true, opcode: .pong, data: payload))
    }

    /// A whole message came.
    package func messageReceived(_ bytes: [UInt8]) {
        do {
            self.heard.put(try self.check(bytes))
        } catch {
            self.violated("\(error): \(String(decoding: bytes.prefix(500), as: UTF8.self))")
        }
    }

    /// Holds a message to the rules.
    private func check(_ bytes: [UInt8]) throws -> Heard {
        guard let object = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else {
            throw MissingEvent(description: "no object")
        }
        func text(_ name: String) throws -> String {
            guard let text = object[name] as? String else { throw MissingEvent(description: "\(name) is no text") }
            return text
        }
        func keys(_ names: String...) throws {
            guard Set(object.keys) == Set(names + ["type"]) else { throw MissingEvent(description: "wrong fields") }
        }
        let type = try text("type")
        return try self.state.withLock { state in
            switch type {
            case "runner:info":
                try keys("name", "types")
                if !state.wasAskedForInfo { throw MissingEvent(description: "introduces itself unasked") }
                state.isInformed = true
                return .info(name: try text("name"), types: object["types"] as? [String] ?? [])
            case "runner:taskoffer":
                try keys("offerId", "taskType", "validFor")
                guard state.isRegistered, !state.isDraining else {
                    throw MissingEvent(description: "offers too early or late")
                }
                let id = try text("offerId")
                guard !state.offers.contains(id), try text("taskType") == "python",
                    let validFor = object["validFor"] as? Int, validFor > 0
                else { throw MissingEvent(description: "a bad offer") }
                state.offers.insert(id)
                return .offer(id: id, validFor: validFor)
            case "runner:taskaccepted":
                try keys("taskId")
                let id = try text("taskId")
                guard case .asked(let time) = state.tasks[id] else {
                    throw MissingEvent(description: "accepts unasked")
                }
                if .now() - time > .seconds(2) { throw MissingEvent(description: "accepts too late") }
                state.tasks[id] = .accepted
                let load = state.tasks.values.filter {
                    switch $0 {
                    case .accepted, .running: true
                    case .asked, .cancelled: false
                    }
                }
                if load.count > self.broker.options.capacity { throw MissingEvent(description: "accepts too much") }
                return .accepted(id)
            case "runner:taskrejected":
                try keys("taskId", "reason")
                let id = try text("taskId")
                if case .asked = state.tasks[id] { state.tasks[id] = nil }
                return .rejected(id, reason: try text("reason"))
            case "runner:taskdone":
                try keys("taskId", "data")
                let id = try text("taskId")
                guard case .running = state.tasks.removeValue(forKey: id) else {
                    throw MissingEvent(description: "a result nobody waits for")
                }
                guard let data = object["data"] as? [String: Any], Array(data.keys) == ["result"] else {
                    throw MissingEvent(description: "a bad result")
                }
                let result = try Self.payload(
                    of: bytes,
                    after: #"{"type":"runner:taskdone","taskId":"\#(id)","data":{"result":"#,
                    before: "}}"
                )
                return .done(id, result: result)
            case "runner:taskerror":
                try keys("taskId", "error")
                let id = try text("taskId")
                guard state.tasks.removeValue(forKey: id) != nil || state.strangers.remove(id) != nil else {
                    throw MissingEvent(description: "an error nobody waits for")
                }
                guard let error = object["error"] as? [String: Any], let message = error["message"] as? String,
                    !message.isEmpty
                else { throw MissingEvent(description: "a bad error") }
                _ = try Self.payload(
                    of: bytes,
                    after: #"{"type":"runner:taskerror","taskId":"\#(id)","error":"#,
                    before: "}"
                )
                let text = try JSONSerialization.data(withJSONObject: error, options: [.sortedKeys])
                return .error(id, message: message, text: String(decoding: text, as: UTF8.self))
            case "runner:rpc":
                try keys("callId", "taskId", "name", "params")
                let id = try text("taskId")
                guard case .running = state.tasks[id] else { throw MissingEvent(description: "prints out of its time") }
                let call = try text("callId")
                guard state.calls.insert(call).inserted, try text("name") == "logNodeOutput",
                    let parameters = object["params"] as? [String]
                else { throw MissingEvent(description: "a bad call") }
                _ = try Self.payload(
                    of: bytes,
                    after: #"{"type":"runner:rpc","callId":"\#(call)","taskId":"\#(id)","#
                        + #""name":"logNodeOutput","params":"#,
                    before: "}"
                )
                return .console(id, parameters)
            default:
                throw MissingEvent(description: "an unknown message")
            }
        }
    }

    /// What stands where the words of a task do, if it is one whole value and all around it is as the runner writes it: a
    /// member that is there twice does not show in what a JSON reader makes of a message.
    private static func payload(of bytes: [UInt8], after head: String, before tail: String) throws -> [UInt8] {
        guard bytes.starts(with: head.utf8), bytes.suffix(tail.utf8.count).elementsEqual(tail.utf8) else {
            throw MissingEvent(description: "something else around what a task said")
        }
        let payload = Data(bytes[head.utf8.count..<bytes.count - tail.utf8.count])
        _ = try JSONSerialization.jsonObject(with: payload, options: .fragmentsAllowed)
        // As far as it takes no time: some results have a hundred megabytes.
        guard bytes.prefix(1 << 20).allSatisfy({ $0 >= 0x20 }) else {
            throw MissingEvent(description: "a control character")
        }
        return Array(payload)
    }
}

/// Puts the frames of a connection together, and checks what only the frames show.
final class BrokerFrameHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let connection: BrokerConnection
    private var message: [UInt8] = []
    private var isInMessage = false

    init(_ connection: BrokerConnection) {
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = self.unwrapInboundIn(data)
        guard self.connection.frameReceived(frame) else { return }
        switch frame.opcode {
        case .text, .continuation:
            if (frame.opcode == .continuation) != self.isInMessage {
                self.connection.broker.violated("fragments out of order")
            }
            self.isInMessage = !frame.fin
            self.message += Self.unmasked(frame)
            guard frame.fin else { return }
            let message = self.message
            self.message = []
            self.connection.messageReceived(message)
        case .ping:
            self.connection.heardPing(ByteBuffer(bytes: Self.unmasked(frame)))
        case .pong:
            self.connection.heard.put(.pong)
        case .connectionClose:
            let payload = Self.unmasked(frame)
            let code = payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil
            self.connection.heard.put(.close(code: code, reason: String(decoding: payload.dropFirst(2), as: UTF8.self)))
            guard !self.connection.closesItself else {
                context.close(promise: nil)
                return
            }
            let answer = WebSocketFrame(fin: true, opcode: .connectionClose, data: ByteBuffer(bytes: payload.prefix(2)))
            context.writeAndFlush(self.wrapOutboundOut(answer)).assumeIsolated().whenComplete { _ in
                context.close(promise: nil)
            }
        default:
            self.connection.broker.violated("opcode \(frame.opcode)")
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.connection.heard.put(.gone)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A test that closes connections sees the resets of its own making.
        if error is NIOWebSocketError { self.connection.broker.violated("\(error)") }
        context.close(promise: nil)
    }

    /// As the RFC writes it, but eight bytes at a time: these tests move hundreds of megabytes.
    private static func unmasked(_ frame: WebSocketFrame) -> [UInt8] {
        var bytes = frame.data.getBytes(at: frame.data.readerIndex, length: frame.data.readableBytes) ?? []
        guard let mask = frame.maskKey else { return bytes }
        let key = (0..<8).reduce(UInt64(0)) { $0 | UInt64(mask[$1 % 4]) << (8 * UInt64($1)) }
        bytes.withUnsafeMutableBytes { buffer in
            var position = 0
            while position + 8 <= buffer.count {
                let word = UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: position, as: UInt64.self))
                buffer.storeBytes(of: (word ^ key).littleEndian, toByteOffset: position, as: UInt64.self)
                position += 8
            }
            while position < buffer.count {
                buffer[position] ^= mask[position % 4]
                position += 1
            }
        }
        return bytes
    }
}
