import Linux
import Listener
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Tasks
import Testing

@testable import HTTPAPI

/// A handler that gets events in an order that the decoder never gives them.
@Suite struct ConnectionHandlerTests {
    private static func connection() throws -> EmbeddedChannel {
        let server = ServerContext(
            dispatcher: ScriptedDispatcher(),
            reporter: FixedReporter(),
            connections: ConnectionRegistry(),
            traffic: TrafficMeter(),
            settings: ReloadableSettings(ServerFixture.settings { _ in }),
            connectionSlots: PerUserQuota(),
            rejectionSlots: PerUserQuota(),
            memory: UserMemory(.init(perUser: 1 << 20, answer: 1000)),
            logger: Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() },
            work: WorkQueue()
        )
        let channel = EmbeddedChannel()
        let credentials = PeerCredentials(pid: 1, uid: 1000, gid: 1000)
        try ConnectionPipeline.add(to: channel, server: server, credentials: credentials)
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/x")).wait()
        return channel
    }

    @Test func anEventThatCannotComeClosesTheConnectionInsteadOfTrapping() throws {
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/v1/run", headers: ["content-length": "3"])
        let scripts: [([HTTPServerRequestPart], isOpen: Bool)] = [
            ([.end(nil)], false), ([.body(ByteBuffer(bytes: [1]))], false), ([.head(head), .head(head)], false),
            // Control: in order.
            ([.head(head), .body(ByteBuffer(bytes: [1]))], true),
        ]
        for (parts, isOpen) in scripts {
            let channel = try Self.connection()
            let encoder = try channel.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
            for part in parts { encoder.fireChannelRead(NIOAny(part)) }
            #expect(channel.isActive == isOpen, "\(parts)")
            _ = try? channel.finish(acceptAlreadyClosed: true)
        }
    }
}
