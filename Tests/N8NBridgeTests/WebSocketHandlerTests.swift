import NIOCore
import NIOEmbedded
import Testing

@testable import N8NBridge

/// The handler between a connection whose other side takes what the test says, and nothing above it.
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

    init() throws {
        self.channel = EmbeddedChannel(loop: self.loop)
        let handler = WebSocketHandler(
            WebSocketHandler.Configuration(
                maximumMessage: Self.limit,
                pingInterval: .seconds(30),
                toleratedSilentPings: 2,
                closeTimeout: .seconds(5)
            )
        )
        try self.channel.pipeline.syncOperations.addHandlers(self.reads, handler)
        self.channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    }

    /// Whether the handler goes on reading when it is asked to.
    private func goesOnReading() -> Bool {
        let before = self.reads.count
        self.channel.read()
        return self.reads.count > before
    }

    private func say(_ count: Int) {
        self.channel.pipeline.writeAndFlush([[UInt8](repeating: 0x61, count: count)[...]], promise: nil)
    }

    private func setWritable(_ isWritable: Bool) {
        self.channel.isWritable = isWritable
        self.channel.pipeline.fireChannelWritabilityChanged()
    }

    @Test func whoTakesNoAnswersIsAskedNoQuestions() throws {
        #expect(self.goesOnReading())
        self.setWritable(false)
        // The largest message there may be can wait while more is read, and no more than that.
        self.say(Self.limit)
        #expect(self.goesOnReading())
        self.say(1)
        #expect(!self.goesOnReading())
        // Once it is taken, reading goes on by itself.
        let before = self.reads.count
        self.setWritable(true)
        #expect(self.reads.count == before + 1)
        #expect(self.goesOnReading())
        _ = try self.channel.finish()
    }

    @Test func whoTakesWhatIsSentIsNotGivenUp() throws {
        // Control: three pings without any sign of life are the end.
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

    @Test func aCloseIsReadThoughNothingElseWas() throws {
        self.setWritable(false)
        self.say(Self.limit + 1)
        #expect(!self.goesOnReading())
        let before = self.reads.count
        self.channel.pipeline.triggerUserOutboundEvent(WebSocketViolation.protocolError("told to"), promise: nil)
        #expect(self.reads.count == before + 1)
        _ = try? self.channel.finish(acceptAlreadyClosed: true)
    }
}
