import N8NTestBroker
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Testing

@testable import N8NBridge

/// The exchange of the auth token for a grant token, over the loopback.
@Suite(.timeLimit(.minutes(10))) struct TokenExchangeTests {
    @Test func anAuthTokenIsExchangedForEveryConnection() async throws {
        let (options, configuration) = BridgeFixture.authTokenAlone()
        try await BridgeFixture.run(broker: options, configuration: configuration) { fixture in
            for round in 1...3 {
                let connection = try await fixture.registered()
                #expect(fixture.broker.exchangeCount == round)
                connection.cut()
            }
            _ = try await fixture.registered()
        }
    }

    @Test func aRefusedGrantTokenIsExchangedOnceForAFreshOne() async throws {
        var options = TestTaskBroker.Options()
        options.authToken = BridgeFixture.authToken
        var configuration = BridgeFixture.configuration()
        configuration.authToken = SecretToken(BridgeFixture.authToken)
        try await BridgeFixture.run(broker: options, configuration: configuration) { fixture in
            _ = try await fixture.registered()
            #expect(fixture.broker.attemptCount == 2)
            #expect(fixture.broker.exchangeCount == 1)
        }
    }

    @Test func aRefusedAuthTokenIsTheEnd() async throws {
        var options = TestTaskBroker.Options()
        options.authToken = "another one"
        var configuration = BridgeFixture.configuration()
        configuration.grantToken = nil
        configuration.authToken = SecretToken(BridgeFixture.authToken)
        try await BridgeFixture.run(broker: options, configuration: configuration) { fixture in
            let error = try await fixture.ended.next() as? BridgeError
            #expect(error == .authTokenRefused(status: 403))
            #expect(fixture.broker.exchangeCount == 1)
        }
    }

    @Test(arguments: ["", "{}", "[", #"{"data":{"token":"a\nb"}}"#, String(repeating: " ", count: 1_000_000)])
    func anInvalidResponseToTheExchangeIsRetried(_ body: String) async throws {
        var options = TestTaskBroker.Options()
        options.authToken = BridgeFixture.authToken
        options.exchangeBody = body
        var configuration = BridgeFixture.configuration()
        configuration.grantToken = nil
        configuration.authToken = SecretToken(BridgeFixture.authToken)
        try await BridgeFixture.run(broker: options, configuration: configuration) { fixture in
            try await fixture.waitUntilBroker { $0.exchangeCount >= 3 }
            #expect(fixture.broker.attemptCount == 0)
            fixture.broker.options.exchangeBody = nil
            _ = try await fixture.registered()
        }
    }

    @Test func aRedirectedExchangeIsNotFollowed() async throws {
        let (plain, configuration) = BridgeFixture.authTokenAlone()
        var options = plain
        let other = TestTaskBroker(plain)
        try await other.start()
        options.exchangeRedirect = "\(other.uri)/runners/auth"
        try await BridgeFixture.run(broker: options, configuration: configuration) { fixture in
            try await fixture.waitUntilBroker { $0.exchangeCount >= 3 }
            try await fixture.waitForLog("HTTP status 307")
            #expect(other.exchangeCount == 0)
            // The control: without the redirect the same exchange connects.
            fixture.broker.options.exchangeRedirect = nil
            _ = try await fixture.registered()
        }
        await other.stop()
    }

    /// The limit is one for the whole exchange: the head of a response alone does not meet it.
    @Test(arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"])
    func anExchangeThatHangsIsGivenUpInTime(_ beginning: String) async throws {
        let silent = SilentServer(greeting: beginning)
        try await silent.start()
        var (_, configuration) = BridgeFixture.authTokenAlone()
        configuration.taskBrokerURI = "http://127.0.0.1:\(silent.port)"
        configuration.connectTimeout = .milliseconds(200)
        try await BridgeFixture.run(configuration: configuration) { _ in
            for _ in 0..<3 { try await silent.connected() }
        }
        await silent.stop()
    }

    @Test func shutdownDoesNotWaitForAnExchangeThatHangs() async throws {
        let silent = SilentServer()
        try await silent.start()
        var (_, configuration) = BridgeFixture.authTokenAlone()
        configuration.taskBrokerURI = "http://127.0.0.1:\(silent.port)"
        configuration.connectTimeout = .seconds(600)
        try await BridgeFixture.run(configuration: configuration) { fixture in
            try await silent.connected()
            await fixture.services.triggerGracefulShutdown()
            _ = try await fixture.ended.next()
        }
        await silent.stop()
    }
}
