import Glibc
import Logging
import N8NTestBroker
import NIOPosix
import ServiceLifecycle
import Synchronization
import Tasks
import Testing

@testable import N8NBridge

/// Everything that was logged, as text.
final class LogRecord: LogHandler, Sendable {
    private let lines = Mutex<[String]>([])
    /// A message whose thread is delayed until another message has been recorded, or for two seconds.
    private let delay: (of: String, until: String)?

    init(delay: (of: String, until: String)? = nil) {
        self.delay = delay
    }

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
        if let delay, "\(event.message)" == delay.of {
            let end = ContinuousClock.now + .seconds(2)
            while .now < end, !self.text.contains(delay.until) { usleep(1000) }
        }
        self.lines.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
    }

    var text: String { self.lines.withLock { $0.joined(separator: "\n") } }
}

/// A bridge between a strict task broker and a scripted dispatcher, run as a service.
final class BridgeFixture: Sendable {
    /// Secrets that must not appear in any log line.
    static let grantToken = "grant-token-of-the-tests"
    static let authToken = "auth-token-of-the-tests"

    /// A thread of the bridge's own: other tests keep the shared ones busy.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    /// One fixture runs at a time: tests measure pings and offers, and some move 100 MB.
    private static let turns: Mailbox<Int> = {
        let turns = Mailbox<Int>()
        turns.put(0)
        return turns
    }()

    let broker: TestTaskBroker
    let dispatcher: BridgeTestDispatcher
    let bridge: TaskBrokerBridge
    let services: ServiceGroup
    let log: LogRecord
    private let task = Mutex<Task<Void, Never>?>(nil)
    /// How `run()` of the services ended.
    let ended: Mailbox<(any Error)?>

    private init(
        broker: TestTaskBroker,
        dispatcher: BridgeTestDispatcher,
        bridge: TaskBrokerBridge,
        services: ServiceGroup,
        log: LogRecord
    ) {
        self.broker = broker
        self.dispatcher = dispatcher
        self.bridge = bridge
        self.services = services
        self.log = log
        self.ended = Mailbox()
    }

    /// The configuration of a bridge under test, without the address and the capacity, which the task broker supplies.
    static func configuration() -> BridgeConfiguration {
        var configuration = BridgeConfiguration(
            taskBrokerURI: "",
            grantToken: SecretToken(Self.grantToken),
            maximumConcurrency: 1,
            maximumPayload: 1 << 28,
            peer: Peer(uid: 4321, isPrivileged: false)
        )
        configuration.backoff = .init(first: .milliseconds(1), largest: .milliseconds(5))
        return configuration
    }

    /// A task broker that exchanges the auth token, and a bridge without a grant token.
    static func authTokenAlone() -> (TestTaskBroker.Options, BridgeConfiguration) {
        var options = TestTaskBroker.Options()
        options.authToken = Self.authToken
        var configuration = Self.configuration()
        configuration.grantToken = nil
        configuration.authToken = SecretToken(Self.authToken)
        return (options, configuration)
    }

    /// Runs `body` with a bridge, stops everything, and checks that the task broker saw no violation.
    static func run(
        broker options: TestTaskBroker.Options = TestTaskBroker.Options(),
        dispatcher: BridgeTestDispatcher = BridgeTestDispatcher(),
        configuration: BridgeConfiguration = configuration(),
        log: LogRecord = LogRecord(),
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: (BridgeFixture) async throws -> Void
    ) async throws {
        let turn = try await Self.turns.next("a turn", within: 600)
        defer { Self.turns.put(turn + 1) }
        let broker = TestTaskBroker(options)
        try await broker.start()
        var configuration = configuration
        if configuration.taskBrokerURI.isEmpty { configuration.taskBrokerURI = broker.uri }
        configuration.maximumConcurrency = options.capacity
        let logger = Logger(label: "test", factory: { _ in log })
        let bridge = TaskBrokerBridge(
            configuration: configuration,
            dispatcher: dispatcher,
            eventLoopGroup: Self.group,
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
            log: log
        )
        let running = Task {
            do {
                try await services.run()
                fixture.ended.put(nil)
            } catch {
                fixture.ended.put(error)
            }
        }
        fixture.task.withLock { $0 = running }
        let result: Swift.Result<Void, any Error>
        do {
            result = .success(try await body(fixture))
        } catch {
            result = .failure(error)
            running.cancel()
        }
        await services.triggerGracefulShutdown()
        await running.value
        await broker.stop()
        #expect(broker.violations == [], sourceLocation: sourceLocation)
        try await dispatcher.settle()
        #expect(dispatcher.heldCount == 0, "a task was left behind", sourceLocation: sourceLocation)
        #expect(!log.text.contains(Self.grantToken), sourceLocation: sourceLocation)
        #expect(!log.text.contains(Self.authToken), sourceLocation: sourceLocation)
        #expect(!log.text.contains("granted-"), sourceLocation: sourceLocation)
        if case .failure = result { Issue.record("log: \(log.text)", sourceLocation: sourceLocation) }
        try result.get()
    }

    /// The next connection, registered.
    func registered() async throws -> TaskBrokerConnection {
        let connection = try await self.broker.connections.next("a connection")
        try await connection.register()
        return connection
    }

    /// Cancels the services.
    func cancel() {
        self.task.withLock { $0 }?.cancel()
    }

    /// Waits for a change that only the status shows.
    func waitUntil(_ condition: (BridgeStatus) -> Bool) async throws {
        try await self.poll("status") { condition(self.bridge.status) }
    }

    func waitUntilBroker(_ condition: (TestTaskBroker) -> Bool) async throws {
        try await self.poll("the broker") { condition(self.broker) }
    }

    func waitForLog(_ text: String) async throws {
        try await self.poll("a log line with \(text)") { self.log.text.contains(text) }
    }

    private func poll(_ what: String, _ condition: () -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(600)
        while !condition() {
            guard .now < end else { throw MissingEvent(description: "not in time: \(what)") }
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}
