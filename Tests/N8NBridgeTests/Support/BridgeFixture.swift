import Logging
import NIOPosix
import ServiceLifecycle
import Synchronization
import Tasks
import Testing

@testable import N8NBridge

/// Everything that was logged, as text.
final class LogRecord: LogHandler, Sendable {
    private let lines = Mutex<[String]>([])

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        self.lines.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
    }

    var text: String { self.lines.withLock { $0.joined(separator: "\n") } }
}

/// A bridge between a strict broker and a scripted dispatcher, run as a service.
struct BridgeFixture: Sendable {
    /// What no log may ever show.
    static let grantToken = "grant-token-of-the-tests"
    static let authToken = "auth-token-of-the-tests"

    let broker: TestBroker
    let dispatcher: ScriptedDispatcher
    let bridge: TaskBrokerBridge
    let services: ServiceGroup
    let log: LogRecord
    /// How `run()` of the services ended.
    let ended: Mailbox<(any Error)?>

    /// Runs `body` with a bridge, stops everything, and checks that the broker has nothing to complain of.
    static func run(
        broker options: TestBroker.Options = TestBroker.Options(),
        dispatcher: ScriptedDispatcher = ScriptedDispatcher(),
        payload: Int = 1 << 28,
        configure: ((inout BridgeConfiguration) -> Void)? = nil,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: (BridgeFixture) async throws -> Void
    ) async throws {
        let broker = TestBroker(options)
        try await broker.start()
        var configuration = BridgeConfiguration(
            taskBrokerURI: broker.uri,
            grantToken: SecretToken(Self.grantToken),
            maximumConcurrency: options.capacity,
            maximumPayload: payload,
            peer: Peer(uid: 4321, isPrivileged: false)
        )
        configuration.backoff = .init(first: .milliseconds(1), largest: .milliseconds(5))
        configure?(&configuration)
        let log = LogRecord()
        let logger = Logger(label: "test", factory: { _ in log })
        let bridge = TaskBrokerBridge(
            configuration: configuration,
            dispatcher: dispatcher,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: logger
        )
        let services = ServiceGroup(
            configuration: .init(
                services: [.init(service: bridge, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: Logger(label: "quiet", factory: { _ in SwiftLogNoOpLogHandler() })
            )
        )
        let fixture = BridgeFixture(
            broker: broker,
            dispatcher: dispatcher,
            bridge: bridge,
            services: services,
            log: log,
            ended: Mailbox()
        )
        let result = await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await services.run()
                    fixture.ended.put(nil)
                } catch {
                    fixture.ended.put(error)
                }
            }
            let result: Swift.Result<Void, any Error>
            do {
                result = .success(try await body(fixture))
            } catch {
                result = .failure(error)
                group.cancelAll()
            }
            await services.triggerGracefulShutdown()
            await group.waitForAll()
            return result
        }
        await broker.stop()
        #expect(broker.violations == [], sourceLocation: sourceLocation)
        #expect(dispatcher.heldCount == 0, "a task was left behind", sourceLocation: sourceLocation)
        #expect(!log.text.contains(Self.grantToken), sourceLocation: sourceLocation)
        #expect(!log.text.contains(Self.authToken), sourceLocation: sourceLocation)
        #expect(!log.text.contains("granted-"), sourceLocation: sourceLocation)
        if case .failure = result { Issue.record("log: \(log.text)", sourceLocation: sourceLocation) }
        try result.get()
    }

    /// The next connection, registered.
    func registered() async throws -> BrokerConnection {
        let connection = try await self.broker.connections.next("a connection")
        try await connection.register()
        return connection
    }
}
