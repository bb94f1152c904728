import N8NTestBroker
import NIOCore
import NIOHTTP1
import NIOSSL
import ServiceLifecycle
import Tasks
import Testing

@testable import N8NBridge

/// Tokens, refusals, shutdown and TLS.
@Suite(.timeLimit(.minutes(10))) struct BridgeLifecycleTests {
    @Test func aGrantTokenConnects() async throws {
        var options = TestTaskBroker.Options()
        options.grantTokens = [BridgeFixture.grantToken]
        try await BridgeFixture.run(broker: options) { fixture in
            let connection = try await fixture.registered()
            let end = try await connection.run("t1", code: "echo")
            #expect(end == .done("t1", result: Array("[]".utf8)))
        }
    }

    @Test func theLogNamesTheConnectionBeforeTheRegistration() async throws {
        // If another thread than the one of the messages logged the connection, its line would come after the registration.
        let log = LogRecord(delay: ("connected to the task broker", until: "registered with the task broker"))
        try await BridgeFixture.run(log: log) { fixture in
            _ = try await fixture.registered()
            try await fixture.waitForLog("connected to the task broker")
            try await fixture.waitForLog("registered with the task broker")
            let events = ["connected", "registered"]
            let logged = log.text.split(separator: "\n").compactMap { line in
                events.first { line.contains(" \($0) ") }
            }
            #expect(logged == events)
            #expect(log.text.contains(fixture.broker.uri))
        }
    }

    @Test func aConnectionIsInTheStatusBeforeTheTaskBrokerSendsAMessage() async throws {
        try await BridgeFixture.run { fixture in
            _ = try await fixture.broker.connections.next("a connection")
            try await fixture.waitUntil(\.isConnected)
            #expect(!fixture.bridge.status.isRegistered)
        }
    }

    @Test func aSpentGrantTokenAloneEndsTheBridgeWithARefusal() async throws {
        var options = TestTaskBroker.Options()
        options.grantTokens = [BridgeFixture.grantToken]
        try await BridgeFixture.run(broker: options) { fixture in
            let connection = try await fixture.registered()
            connection.cut()
            let error = try await fixture.ended.next() as? BridgeError
            #expect(error == .connectionRefused(status: 403, hasAuthToken: false))
            #expect(error?.isRefusal == true)
            #expect(error?.description.contains("TERRARIUM_AUTH_TOKEN") == true)
        }
    }

    @Test func anIdleBridgeDrainsAndOneThatHasAcceptedATaskDoesNot() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            try await connection.begin("t1")
            let isDrainedTooEarly = await fixture.bridge.beginDrainingIfIdle()
            #expect(!isDrainedTooEarly)
            connection.sendSettings("t1", code: "echo")
            let end = try await connection.end(of: "t1")
            #expect(end == .done("t1", result: Array("[]".utf8)))
            let isDrained = await fixture.bridge.beginDrainingIfIdle()
            #expect(isDrained)
            let close = try await connection.close()
            #expect(close == .close(code: 1001, reason: "shutting down"))
        }
    }

    @Test(arguments: [HTTPResponseStatus.forbidden, .unauthorized])
    func twoFreshTokensThatAreRefusedAreTheEnd(_ status: HTTPResponseStatus) async throws {
        var options = TestTaskBroker.Options()
        options.authToken = BridgeFixture.authToken
        options.refusal = status
        var configuration = BridgeFixture.configuration()
        configuration.authToken = SecretToken(BridgeFixture.authToken)
        try await BridgeFixture.run(broker: options, configuration: configuration) { fixture in
            let error = try await fixture.ended.next() as? BridgeError
            #expect(error == .connectionRefused(status: Int(status.code), hasAuthToken: true))
            // The grant token of the configuration, and two that were exchanged.
            #expect(fixture.broker.attemptCount == 3)
            #expect(fixture.broker.exchangeCount == 2)
        }
    }

    @Test func aBridgeThatWasRegisteredOutlivesRefusalsOfEitherKind() async throws {
        let (options, configuration) = BridgeFixture.authTokenAlone()
        try await BridgeFixture.run(broker: options, configuration: configuration) { fixture in
            let connection = try await fixture.registered()
            fixture.broker.options.refusal = .forbidden
            connection.cut()
            try await fixture.waitUntilBroker { $0.attemptCount >= 5 }
            fixture.broker.options.exchangeRefusal = .forbidden
            let exchanges = fixture.broker.exchangeCount
            try await fixture.waitUntilBroker { $0.exchangeCount >= exchanges + 3 }
            fixture.broker.options.refusal = nil
            fixture.broker.options.exchangeRefusal = nil
            let again = try await fixture.registered()
            let end = try await again.run("t1", code: "echo")
            #expect(end == .done("t1", result: Array("[]".utf8)))
        }
    }

    @Test(arguments: [HTTPResponseStatus.notFound, .internalServerError, .serviceUnavailable, .ok])
    func anyOtherStatusIsTriedAgain(_ status: HTTPResponseStatus) async throws {
        var options = TestTaskBroker.Options()
        options.refusal = status
        try await BridgeFixture.run(broker: options) { fixture in
            try await fixture.waitUntilBroker { $0.attemptCount >= 5 }
            fixture.broker.options.refusal = nil
            _ = try await fixture.registered()
            #expect(fixture.log.text.contains("HTTP status \(status.code)"))
        }
    }

    @Test func aServerThatIsNotAWebSocketServerIsRetried() async throws {
        var options = TestTaskBroker.Options()
        options.breaksHandshake = true
        try await BridgeFixture.run(broker: options) { fixture in
            try await fixture.waitUntilBroker { $0.attemptCount >= 3 }
            fixture.broker.options.breaksHandshake = false
            _ = try await fixture.registered()
        }
    }

    @Test(arguments: [false, true]) func aBrokerThatIsNotThereYetIsWaitedFor(withAuthToken: Bool) async throws {
        var configuration = BridgeFixture.configuration()
        if withAuthToken {
            configuration.grantToken = nil
            configuration.authToken = SecretToken(BridgeFixture.authToken)
        }
        var options = TestTaskBroker.Options()
        options.authToken = withAuthToken ? BridgeFixture.authToken : nil
        try await BridgeFixture.run(broker: options, configuration: configuration) { fixture in
            let port = fixture.broker.port
            _ = try await fixture.registered()
            await fixture.broker.stopListening()
            try await fixture.waitUntil { !$0.isConnected }
            try await fixture.waitForLog(
                withAuthToken ? "no grant token from the task broker" : "no connection to the task broker"
            )
            try await fixture.broker.start(port: port)
            _ = try await fixture.registered()
        }
    }

    // MARK: The end

    @Test func gracefulShutdownLetsTheRunningTaskFinishAndTakesNoOther() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            let spare = try await connection.nextOffer()
            try await connection.begin("running")
            connection.sendSettings("running", code: "hold")
            let held = try await fixture.dispatcher.submissions.next()
            try await connection.begin("waiting")
            await fixture.services.triggerGracefulShutdown()
            // The task that had not started fails at once.
            guard case .error(_, let message, _) = try await connection.end(of: "waiting") else {
                Issue.record("begun while shutting down")
                return
            }
            #expect(message == RunnerStateMachine.shuttingDown)
            connection.noMoreOffers()
            connection.accept(spare, for: "new")
            let rejection = try await connection.nextRejection()
            #expect(rejection == .rejected("new", reason: RunnerStateMachine.shuttingDown))
            // The running task finishes, and its result arrives before the connection is closed.
            fixture.dispatcher.end(held.id, .items(Array("[7]".utf8)[...]))
            let end = try await connection.end(of: "running")
            #expect(end == .done("running", result: Array("[7]".utf8)))
            let close = try await connection.close()
            #expect(close == .close(code: 1001, reason: "shutting down"))
            let error = try await fixture.ended.next()
            #expect(error == nil)
        }
    }

    @Test(arguments: ["drain", "connection", "limit"])
    func aStoppedServiceServesUntilTheTaskBrokerDrains(_ ending: String) async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            try await fixture.waitUntil(\.isRegistered)
            let limit = ending == "limit" ? Duration.milliseconds(200) : .seconds(600)
            async let served: Void = fixture.bridge.serveUntilDrain(within: limit)
            try await fixture.waitForLog("serving until the task broker drains")
            // An execution of n8n's that goes on reaches another Python node.
            let end = try await connection.run("t1", code: "echo")
            #expect(end == .done("t1", result: Array("[]".utf8)))
            switch ending {
            case "drain": connection.drain()
            case "connection": connection.cut()
            default: break
            }
            await served
            fixture.bridge.beginDraining()
            // The control: a draining bridge does not wait.
            await fixture.bridge.serveUntilDrain(within: .seconds(600))
            try await connection.gone()
        }
    }

    @Test func drainingComesBeforeShutdown() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            try await connection.begin("t1")
            connection.sendSettings("t1", code: "hold")
            let held = try await fixture.dispatcher.submissions.next()
            fixture.bridge.beginDraining()
            fixture.bridge.beginDraining()
            fixture.dispatcher.end(held.id, .items([0x5B, 0x5D]))
            _ = try await connection.end(of: "t1")
            _ = try await connection.close()
            try await connection.gone()
            // It neither reconnects nor ends before shutdown.
            #expect(fixture.ended.waiting.isEmpty)
            #expect(fixture.broker.attemptCount == 1)
            await fixture.services.triggerGracefulShutdown()
            let error = try await fixture.ended.next()
            #expect(error == nil)
        }
    }

    @Test func aDispatcherThatDrainsEndsTheOffers() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            fixture.dispatcher.drain()
            try await connection.begin("t1")
            connection.sendSettings("t1", code: "echo")
            guard case .error(_, let message, _) = try await connection.end(of: "t1") else {
                Issue.record("accepted")
                return
            }
            #expect(message == RunnerStateMachine.shuttingDown)
            _ = try await connection.close()
        }
    }

    @Test func aDrainingBrokerIsOfferedNothingMoreAndGetsItsResults() async throws {
        var options = TestTaskBroker.Options()
        options.capacity = 2
        try await BridgeFixture.run(broker: options) { fixture in
            let connection = try await fixture.registered()
            try await connection.begin("t1")
            connection.sendSettings("t1", code: "hold")
            let held = try await fixture.dispatcher.submissions.next()
            connection.drain()
            try await connection.roundTrip()
            connection.noMoreOffers()
            fixture.dispatcher.end(held.id, .items([0x5B, 0x5D]))
            let end = try await connection.end(of: "t1")
            #expect(end == .done("t1", result: Array("[]".utf8)))
            try await connection.roundTrip()
            connection.sendClose(1001)
            _ = try await connection.close()
            // n8n starts again.
            let second = try await fixture.registered()
            let again = try await second.run("t1", code: "echo")
            #expect(again == .done("t1", result: Array("[]".utf8)))
        }
    }

    @Test func cancellationCutsTheConnectionAndCancelsItsTasks() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            try await connection.begin("t1")
            connection.sendSettings("t1", code: "hold")
            _ = try await fixture.dispatcher.submissions.next()
            fixture.cancel()
            _ = try await fixture.dispatcher.cancellations.next()
            try await connection.gone()
            _ = try await fixture.ended.next()
        }
    }

    @Test func shutdownDoesNotWaitForAnAttemptThatHangs() async throws {
        // Accepts connections and never responds.
        let silent = SilentServer()
        try await silent.start()
        var configuration = BridgeFixture.configuration()
        configuration.taskBrokerURI = "http://127.0.0.1:\(silent.port)"
        // Longer than the wait for the end below.
        configuration.connectTimeout = .seconds(600)
        try await BridgeFixture.run(configuration: configuration) { fixture in
            try await silent.connected()
            await fixture.services.triggerGracefulShutdown()
            _ = try await fixture.ended.next()
        }
        await silent.stop()
    }

    @Test func shutdownDoesNotWaitForTheNextAttempt() async throws {
        var options = TestTaskBroker.Options()
        options.refusal = .serviceUnavailable
        var configuration = BridgeFixture.configuration()
        configuration.backoff = .init(first: .seconds(600), largest: .seconds(600))
        try await BridgeFixture.run(broker: options, configuration: configuration) { fixture in
            try await fixture.waitUntilBroker { $0.attemptCount == 1 }
            try await fixture.waitForLog("waiting before the next attempt")
            await fixture.services.triggerGracefulShutdown()
            _ = try await fixture.ended.next()
        }
    }

    @Test func anAttemptThatHangsIsGivenUpInTime() async throws {
        let silent = SilentServer()
        try await silent.start()
        var configuration = BridgeFixture.configuration()
        configuration.taskBrokerURI = "http://127.0.0.1:\(silent.port)"
        configuration.connectTimeout = .milliseconds(100)
        try await BridgeFixture.run(configuration: configuration) { _ in
            for _ in 0..<3 { try await silent.connected() }
        }
        await silent.stop()
    }

    // MARK: TLS

    @Test func aBrokerBehindTLSIsReachedWhenItsCertificateIsTrusted() async throws {
        let certificate = try TestCertificate()
        var options = TestTaskBroker.Options()
        options.tls = try certificate.serverContext()
        options.authToken = BridgeFixture.authToken
        var configuration = BridgeFixture.configuration()
        configuration.grantToken = nil
        configuration.authToken = SecretToken(BridgeFixture.authToken)
        configuration.certificateAuthorities = certificate.path
        try await BridgeFixture.run(broker: options, configuration: configuration) { fixture in
            let connection = try await fixture.registered()
            let items = #"[{"json":{"a":"\#(String(repeating: "x", count: 1_000_000))"}}]"#
            let end = try await connection.run("t1", code: "echo", items: items)
            let hasReturned = end == .done("t1", result: Array(items.utf8))
            #expect(hasReturned)
        }
    }

    @Test func anUntrustedCertificateFailsTheConnection() async throws {
        let certificate = try TestCertificate()
        var options = TestTaskBroker.Options()
        options.tls = try certificate.serverContext()
        try await BridgeFixture.run(broker: options) { fixture in
            try await fixture.waitForLog("CERTIFICATE_VERIFY_FAILED")
            #expect(fixture.broker.attemptCount == 0)
        }
    }

    @Test func configurationsThatCannotWorkAreRefused() async throws {
        var noAddress = BridgeFixture.configuration()
        noAddress.taskBrokerURI = "n8n:5679"
        try await BridgeFixture.run(configuration: noAddress) { fixture in
            let error = try await fixture.ended.next() as? BridgeError
            #expect(error == .invalidAddress("n8n:5679"))
            #expect(error?.isRefusal == false)
        }
        var noToken = BridgeFixture.configuration()
        noToken.grantToken = nil
        try await BridgeFixture.run(configuration: noToken) { fixture in
            let error = try await fixture.ended.next() as? BridgeError
            #expect(error == .noToken)
        }
        var noCertificates = BridgeFixture.configuration()
        noCertificates.taskBrokerURI = "https://127.0.0.1:1"
        noCertificates.certificateAuthorities = "/nonexistent/certificates.pem"
        try await BridgeFixture.run(configuration: noCertificates) { fixture in
            let error = try await fixture.ended.next() as? BridgeError
            guard case .certificates = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }
}
