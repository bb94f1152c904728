import Linux
import Logging
import NIOCore
import NIOEmbedded
import Tasks
import TestSupport
import Testing

@testable import N8NBridge

/// Messages that are parsed on another thread, on a connection whose loop and threads run when the test says so.
@Suite struct LargeMessageTests {
    /// Records which messages are sent.
    private final class Recorder: ChannelOutboundHandler {
        typealias OutboundIn = OutgoingMessage
        typealias OutboundOut = OutgoingMessage

        private(set) var kinds: [String] = []

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            var message = self.unwrapOutboundIn(data)
            var frame = ByteBuffer()
            // Without a mask the payload is plain text.
            _ = message.appendFrame(mask: 0, to: &frame)
            let text = String(buffer: frame)
            let task = text.firstRange(of: #""taskId":""#).map { text[$0.upperBound...].prefix { $0 != "\"" } }
            self.kinds.append(task.map { "answer \($0)" } ?? "info")
            promise?.succeed()
        }
    }

    /// Counts the reads that reach the socket.
    private final class ReadCounter: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        private(set) var count = 0

        func read(context: ChannelHandlerContext) {
            self.count += 1
            context.read()
        }
    }

    private let loop = EmbeddedEventLoop()
    private let threads = HeldThreads()
    private let dispatcher = BridgeTestDispatcher()
    private let channel: EmbeddedChannel
    private let reads = ReadCounter()
    private let sent = Recorder()
    private let ended: EventLoopFuture<SessionReport>

    init() throws {
        self.channel = EmbeddedChannel(loop: self.loop)
        let socket = WebSocketHandler(
            WebSocketHandler.Configuration(
                maximumMessage: 1 << 20,
                pingInterval: .seconds(30),
                toleratedSilentPings: 2,
                closeTimeout: .seconds(5)
            )
        )
        let ended = self.loop.makePromise(of: SessionReport.self)
        self.ended = ended.futureResult
        let session = SessionHandler(
            SessionHandler.Configuration(
                runner: RunnerStateMachine.Configuration(
                    capacity: 2,
                    offers: OfferBook.Terms(validity: .seconds(5), jitter: .zero, lateness: .seconds(1)),
                    settingsTimeout: .seconds(30)
                ),
                taskBroker: "http://127.0.0.1:1",
                peer: Peer(uid: 1, isPrivileged: false),
                maximumMessage: 1 << 20,
                consoleBacklog: 1 << 20
            ),
            socket: socket,
            dispatcher: self.dispatcher,
            status: BridgeStatusBoard(),
            ended: ended,
            drains: self.loop.makePromise(of: Void.self),
            logger: Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }
        )
        try self.channel.pipeline.syncOperations.addHandlers(
            self.reads,
            socket,
            MessageParsingHandler(socket, work: self.threads.queue),
            self.sent,
            session
        )
        self.channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    }

    /// Settings for a task that the runner does not know, which it answers with an error that names the task.
    private static func settings(_ task: String, padding: Int = 0) -> [UInt8] {
        let padding = String(repeating: " ", count: padding)
        return WebSocketFrameTests.frame(
            0x81,
            Array(#"{"type":"broker:tasksettings","taskId":"\#(task)"\#(padding)}"#.utf8)
        )
    }

    private static func large(_ task: String) -> [UInt8] {
        self.settings(task, padding: MessageParsingHandler.maximumOnEventLoop)
    }

    private func receive(_ bytes: [UInt8]) throws { try self.channel.writeInbound(ByteBuffer(bytes: bytes)) }

    private func goesOnReading() -> Bool {
        let before = self.reads.count
        self.channel.read()
        return self.reads.count > before
    }

    private func parse() {
        self.threads.run()
        self.loop.run()
    }

    @Test func smallMessagesAreAnsweredAtOnceWithoutAnotherThread() throws {
        try self.receive(Self.settings("a") + Self.settings("b"))
        #expect(self.sent.kinds == ["answer a", "answer b"])
        #expect(self.threads.count == 0)
        #expect(self.goesOnReading())
        _ = try self.channel.finish()
    }

    @Test func noLaterMessageOvertakesALargeOneHoweverItArrives() throws {
        try self.receive(Self.settings("a") + Self.large("b") + Self.settings("c"))
        try self.receive(Self.settings("d"))
        let (head, tail) = (Self.settings("e").prefix(5), Self.settings("e").dropFirst(5))
        try self.receive(Array(head))
        self.loop.run()
        #expect(self.sent.kinds == ["answer a"])
        #expect(self.threads.count == 1)
        #expect(!self.goesOnReading())
        let reads = self.reads.count
        self.parse()
        #expect(self.sent.kinds == ["answer a", "answer b", "answer c", "answer d"])
        // The read that was asked for meanwhile is made, and the incomplete message goes on.
        #expect(self.reads.count == reads + 1)
        try self.receive(Array(tail))
        #expect(self.sent.kinds.last == "answer e")
        #expect(self.goesOnReading())
        _ = try self.channel.finish()
    }

    @Test func largeMessagesAreParsedOneAfterAnother() throws {
        try self.receive(Self.large("a") + Self.settings("b") + Self.large("c") + Self.settings("d"))
        #expect(self.threads.count == 1)
        self.parse()
        #expect(self.sent.kinds == ["answer a", "answer b"])
        #expect(self.threads.count == 1)
        #expect(!self.goesOnReading())
        self.parse()
        #expect(self.sent.kinds == ["answer a", "answer b", "answer c", "answer d"])
        _ = try self.channel.finish()
    }

    @Test func aConnectionThatEndsMeanwhileEndsTheSessionAndTheMessageIsDropped() throws {
        try self.receive(Self.large("a") + Self.settings("b"))
        self.channel.pipeline.fireChannelInactive()
        #expect(try self.ended.wait().wasRegistered == false)
        self.parse()
        #expect(self.sent.kinds.isEmpty)
        _ = try self.channel.finish()
        // Control: the thread was started.
        let other = try Self()
        try other.receive(Self.large("a"))
        other.parse()
        #expect(other.sent.kinds == ["answer a"])
        _ = try other.channel.finish()
    }

    @Test func aMessageThatWaitsForAThreadIsNotParsedAfterTheConnectionEnded() {
        let parsing = MessageParsing(Array(#"{"type":"broker:drain"}"#.utf8))
        #expect(parsing.result() != nil)
        parsing.abandon()
        #expect(parsing.result() == nil)
    }

    @Test func aCloseFrameBehindALargeMessageIsAnsweredAfterIt() throws {
        try self.receive(Self.large("a") + WebSocketFrameTests.frame(0x88, [0x03, 0xE9]))
        while try self.channel.readOutbound(as: ByteBuffer.self) != nil {}
        #expect(try self.channel.readOutbound(as: ByteBuffer.self) == nil)
        self.parse()
        #expect(self.sent.kinds == ["answer a"])
        let close = try self.channel.readOutbound(as: ByteBuffer.self)
        #expect(close?.getInteger(at: 0, as: UInt8.self) == 0x88)
        _ = try self.channel.finish()
    }

    @Test func aLargeMessageThatIsNoTextClosesTheConnectionAndNothingBehindItIsRead() throws {
        let bytes = [UInt8](repeating: 0xFF, count: MessageParsingHandler.maximumOnEventLoop + 1)
        try self.receive(WebSocketFrameTests.frame(0x81, Array(#"{"type":""#.utf8) + bytes) + Self.settings("a"))
        self.parse()
        let close = try self.channel.readOutbound(as: ByteBuffer.self)
        #expect(close?.getInteger(at: 0, as: UInt8.self) == 0x88)
        #expect(self.sent.kinds.isEmpty)
        _ = try self.channel.finish()
    }
}
