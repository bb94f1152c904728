import NIOCore
import NIOEmbedded
import Testing

@testable import N8NBridge

/// The handler on an embedded channel whose writability the test controls.
@Suite struct WebSocketHandlerTests {
    /// Counts what is read from the connection.
    private final class ReadCounter: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        private(set) var count = 0

        func read(context: ChannelHandlerContext) {
            self.count += 1
            context.read()
        }
    }

    private static let limit = 100_000

    private let loop = EmbeddedEventLoop()
    private let channel: EmbeddedChannel
    private let reads = ReadCounter()

    init() throws { try self.init(limit: Self.limit) }

    private init(limit: Int) throws {
        self.channel = EmbeddedChannel(loop: self.loop)
        let handler = WebSocketHandler(
            WebSocketHandler.Configuration(
                maximumMessage: limit,
                pingInterval: .seconds(30),
                toleratedSilentPings: 2,
                closeTimeout: .seconds(5)
            )
        )
        try self.channel.pipeline.syncOperations.addHandlers(self.reads, handler)
        self.channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    }

    /// Whether the handler passes a read on.
    private func goesOnReading() -> Bool {
        let before = self.reads.count
        self.channel.read()
        return self.reads.count > before
    }

    private func say(_ count: Int, _ kind: OutgoingMessage.Kind = .outcome) {
        let message = OutgoingMessage([[UInt8](repeating: 0x61, count: count)[...]], kind: kind)
        self.channel.pipeline.writeAndFlush(message, promise: nil)
    }

    private func setWritable(_ isWritable: Bool) {
        self.channel.isWritable = isWritable
        self.channel.pipeline.fireChannelWritabilityChanged()
    }

    @Test func readingPausesWhileThePeerDoesNotDrainOurWrites() throws {
        #expect(self.goesOnReading())
        self.setWritable(false)
        // Up to the size of the largest message may wait while reading continues.
        self.say(Self.limit)
        #expect(self.goesOnReading())
        self.say(1)
        #expect(!self.goesOnReading())
        // Once the peer drains it, reading resumes.
        let before = self.reads.count
        self.setWritable(true)
        #expect(self.reads.count == before + 1)
        #expect(self.goesOnReading())
        _ = try self.channel.finish()
    }

    @Test func readingPausesWhileTooManyRepliesWait() throws {
        let test = try Self(limit: 100_000_000)
        test.setWritable(false)
        // The control: prints do not count as replies, and a thousand replies may wait.
        for _ in 0..<WebSocketHandler.maximumReplies { test.say(10, .reply) }
        for _ in 0..<2000 { test.say(10, .console) }
        #expect(test.goesOnReading())
        test.say(10, .reply)
        #expect(!test.goesOnReading())
        test.setWritable(true)
        #expect(test.goesOnReading())
        _ = try test.channel.finish()
        _ = try self.channel.finish()
    }

    @Test func aPeerThatDrainsOurWritesIsAlive() throws {
        // Control: three pings without traffic close the connection.
        for taken in [true, false] {
            let test = try Self()
            for _ in 0..<6 {
                test.loop.advanceTime(by: .seconds(30))
                if taken { test.setWritable(true) }
            }
            #expect(test.channel.isActive == taken)
            _ = try? test.channel.finish(acceptAlreadyClosed: true)
        }
        _ = try self.channel.finish()
    }

    @Test func readingResumesForTheClosingHandshake() throws {
        self.setWritable(false)
        self.say(Self.limit + 1)
        #expect(!self.goesOnReading())
        let before = self.reads.count
        self.channel.pipeline.triggerUserOutboundEvent(WebSocketViolation.protocolError("told to"), promise: nil)
        #expect(self.reads.count == before + 1)
        _ = try? self.channel.finish(acceptAlreadyClosed: true)
    }
}
