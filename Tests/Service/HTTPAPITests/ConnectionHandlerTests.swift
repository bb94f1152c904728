import Linux
import Listener
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Synchronization
import Tasks
import Testing

@testable import HTTPAPI

/// The handler of a connection on a loop whose time the test moves.
@Suite struct ConnectionHandlerTests {
    private let loop = EmbeddedEventLoop()
    private let log = LoggedErrors()

    private func server() -> ServerContext {
        ServerContext(
            dispatcher: ScriptedDispatcher(),
            reporter: FixedReporter(),
            connections: ConnectionRegistry(),
            traffic: TrafficMeter(),
            settings: ReloadableSettings(ServerFixture.settings { _ in }),
            connectionSlots: PerUserQuota(),
            rejectionSlots: PerUserQuota(),
            memory: UserMemory(.init(perUser: 1 << 20, answer: 1000)),
            logger: Logger(label: "test") { _ in self.log },
            work: WorkQueue()
        )
    }

    private func connection(_ server: ServerContext, of uid: UInt32 = 1000) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(loop: self.loop)
        let credentials = PeerCredentials(pid: 1, uid: uid, gid: uid)
        try ConnectionPipeline.add(to: channel, server: server, credentials: credentials)
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/x")).wait()
        return channel
    }

    /// The decoder never gives these events in this order.
    @Test func anEventThatCannotComeIsLoggedAndClosesTheConnectionInsteadOfTrapping() throws {
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/v1/run", headers: ["content-length": "3"])
        let scripts: [([HTTPServerRequestPart], event: String?)] = [
            ([.end(nil)], "end received"), ([.body(ByteBuffer(bytes: [1]))], "body received"),
            ([.head(head), .head(head)], "head received"),
            // Control: in order.
            ([.head(head), .body(ByteBuffer(bytes: [1]))], nil),
        ]
        for (parts, event) in scripts {
            let channel = try self.connection(self.server())
            let encoder = try channel.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
            for part in parts { encoder.fireChannelRead(NIOAny(part)) }
            #expect(channel.isActive == (event == nil), "\(parts)")
            #expect(self.log.take() == (event.map { [$0] } ?? []), "\(parts)")
            _ = try? channel.finish(acceptAlreadyClosed: true)
        }
    }

    @Test func aRequestOfAUserWhoUsedTheTimeOfTheLoopWaitsForItsTurn() throws {
        let server = self.server()
        let busy = try self.connection(server, of: 1000)
        let other = try self.connection(server, of: 1001)
        // Earlier requests of the user, which took two milliseconds more than the burst.
        server.turns.turns(of: self.loop).run(for: 1000) { self.loop.advanceTime(by: .milliseconds(7)) }
        for channel in [busy, other] {
            try channel.writeInbound(ByteBuffer(string: "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"))
        }
        self.loop.run()
        #expect(try Self.statusLine(busy) == nil)
        // Control: a user who has used no time.
        #expect(try Self.statusLine(other) == "HTTP/1.1 200 OK")
        self.loop.advanceTime(by: .milliseconds(3))
        #expect(try Self.statusLine(busy) == "HTTP/1.1 200 OK")
        for channel in [busy, other] { _ = try? channel.finish(acceptAlreadyClosed: true) }
    }

    private static func statusLine(_ channel: EmbeddedChannel) throws -> Substring? {
        var text = ""
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        return text.split(separator: "\r\n").first
    }
}

/// The events that were logged as errors.
private final class LoggedErrors: LogHandler, Sendable {
    private let events = Mutex<[String]>([])

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .error }
        set {}
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        self.events.withLock { $0.append(event.metadata?["event"].map { "\($0)" } ?? "\(event.message)") }
    }

    /// The events since the last call.
    func take() -> [String] {
        self.events.withLock { events in
            defer { events = [] }
            return events
        }
    }
}
