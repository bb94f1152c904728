import Foundation
package import NIOCore
package import NIOWebSocket
import Synchronization

/// One connection at the task broker's end: sends messages for tests, and records the runner's messages as events. Every
/// message is checked against the protocol.
package final class TaskBrokerConnection: Sendable {
    enum TaskState {
        case asked(at: NIODeadline)
        case accepted
        case running
        case cancelled
    }

    struct State {
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

    package let broker: TestTaskBroker
    package let events = Mailbox<RunnerEvent>()
    private let channel: any Channel
    let state = Mutex(State())

    package init(_ broker: TestTaskBroker, _ channel: any Channel) {
        self.broker = broker
        self.channel = channel
    }

    // MARK: Sending

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

    package var isOpen: Bool { self.channel.isActive }

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
        let offer = try await self.next("an offer", where: \.isOffer)
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

    /// Waits for an offer, takes it, and waits for the runner to agree. Like n8n it takes another one when the offer has expired,
    /// which one may have that has waited here while another task ran.
    package func begin(_ taskID: String) async throws {
        while true {
            self.accept(try await self.nextOffer(), for: taskID)
            let answer = try await self.next("acceptance of \(taskID)") { heard in
                switch heard {
                case .accepted(let id), .rejected(let id, _): id == taskID
                case .info, .offer, .done, .error, .console, .ping, .pong, .close, .gone: false
                }
            }
            guard case .rejected(_, let reason) = answer else { return }
            guard reason.hasSuffix("has expired.") else { throw MissingEvent(description: "rejected: \(reason)") }
        }
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
    package func run(
        _ taskID: String,
        code: String,
        items: String = "[]",
        more: String = ""
    ) async throws -> RunnerEvent {
        try await self.begin(taskID)
        self.sendSettings(taskID, code: code, items: items, more: more)
        return try await self.end(of: taskID)
    }

    /// Waits until everything that was sent has been read and dealt with, and the answers to it have arrived.
    package func roundTrip() async throws {
        // A pong is sent ahead of the answers to messages that the runner reads together with the ping. The second pong
        // comes after them.
        for _ in 0..<2 {
            self.sendFrame(WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer(string: "sync")))
            _ = try await self.next("a pong") { $0 == .pong }
        }
    }

    // MARK: Receiving

    package func next(
        _ what: String,
        where matches: @escaping @Sendable (RunnerEvent) -> Bool
    ) async throws -> RunnerEvent {
        try await self.events.next(what, where: matches)
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

    package func nextRejection() async throws -> RunnerEvent {
        try await self.next("a rejection") { if case .rejected = $0 { true } else { false } }
    }

    package func nextConsole() async throws -> RunnerEvent {
        try await self.next("a print") { if case .console = $0 { true } else { false } }
    }

    /// Offers that have come and were not taken out of the mailbox.
    package var waitingOffers: Int {
        self.events.waiting.count { if case .offer = $0 { true } else { false } }
    }

    package var waitingConsoles: Int {
        self.events.waiting.count { if case .console = $0 { true } else { false } }
    }

    package func end(of taskID: String) async throws -> RunnerEvent {
        try await self.next("the end of \(taskID)") { heard in
            switch heard {
            case .done(let id, _), .error(let id, _, _): id == taskID
            case .info, .offer, .accepted, .rejected, .console, .ping, .pong, .close, .gone: false
            }
        }
    }

    package func close() async throws -> RunnerEvent {
        try await self.next("a close frame") { if case .close = $0 { true } else { false } }
    }

    package func gone() async throws {
        _ = try await self.next("the end of the connection") { $0 == .gone }
    }

    func violated(_ what: String) {
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

    package func pingReceived(_ payload: ByteBuffer) {
        self.events.put(.ping)
        guard self.broker.options.answersPings else { return }
        self.sendFrame(WebSocketFrame(fin: true, opcode: .pong, data: payload))
    }
}
