import N8NTestBroker
import NIOCore
import Tasks
import Testing

@testable import N8NBridge

/// Floods in both directions, at the size at which they once filled or stalled the service.
@Suite(.timeLimit(.minutes(10))) struct BridgeFloodTests {
    @Test func sixHundredThousandPrintsForATaskBrokerThatDoesNotReadAreCutOff() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            for id in ["chatty", "polite"] {
                try await connection.begin(id)
                connection.sendSettings(id, code: "hold")
            }
            let chatty = try await fixture.dispatcher.submissions.next()
            let polite = try await fixture.dispatcher.submissions.next()
            connection.pauseReading()
            try await connection.flushed()
            for _ in 0..<600_000 { fixture.dispatcher.print(chatty.id, "[]") }
            fixture.dispatcher.print(polite.id, #"["few words"]"#)
            fixture.dispatcher.end(chatty.id, .items(Array("[1]".utf8)[...]))
            fixture.dispatcher.end(polite.id, .items(Array("[2]".utf8)[...]))
            try await fixture.waitUntil { $0.tasks == 0 }
            connection.resumeReading()
            let chattyEnd = try await connection.end(of: "chatty")
            let politeEnd = try await connection.end(of: "polite")
            #expect(chattyEnd == .done("chatty", result: Array("[1]".utf8)))
            #expect(politeEnd == .done("polite", result: Array("[2]".utf8)))
            var prints = 0
            var markers = 0
            var politePrints: [[String]] = []
            for event in connection.events.waiting {
                switch event {
                case .console("chatty", []): prints += 1
                case .console("chatty", [ConsoleBudget.marker]): markers += 1
                case .console("polite", let arguments): politePrints.append(arguments)
                default: break
                }
            }
            #expect(markers == 1)
            // The limit, and what the sockets hold. The control: what is below the limit was sent.
            let limit = BridgeFixture.configuration().consoleBacklog / OutgoingMessage.overhead
            #expect(prints >= limit / 5 && prints < 200_000)
            #expect(politePrints == [["few words"]])
        }
    }

    /// The frames of `count` acceptances of offers that were never made.
    private static func acceptances(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for index in 0..<count {
            let text = #"{"type":"broker:taskofferaccept","taskId":"\#(index)","offerId":"made up \#(index)"}"#
            bytes += [0x81, UInt8(text.utf8.count)]
            bytes += text.utf8
        }
        return bytes
    }

    @Test func madeUpAcceptancesAreAnsweredUpToALimit() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            connection.sendRaw(Self.acceptances(InvalidMessageBudget.burst))
            for _ in 0..<InvalidMessageBudget.burst { _ = try await connection.nextRejection() }
            let end = try await connection.run("t1", code: "echo")
            #expect(end == .done("t1", result: Array("[]".utf8)))
            #expect(fixture.broker.attemptCount == 1)
        }
    }

    @Test func elevenMegabytesOfMadeUpAcceptancesCloseTheConnection() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            connection.sendRaw(Self.acceptances(150_000))
            let close = try await connection.close()
            #expect(close == .close(code: 1008, reason: "too many invalid messages"))
            let second = try await fixture.registered()
            let end = try await second.run("t1", code: "echo")
            #expect(end == .done("t1", result: Array("[]".utf8)))
            let rejections = connection.events.waiting.count { if case .rejected = $0 { true } else { false } }
            #expect(rejections < 2 * InvalidMessageBudget.burst)
            let lines = fixture.log.text.split(separator: "\n").filter { $0.contains("task rejected") }
            #expect(!lines.isEmpty && lines.count < 20)
            #expect(fixture.log.text.contains("too many invalid messages"))
        }
    }

    @Test func aFloodOfMalformedMessagesClosesTheConnection() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            connection.sendRaw((0..<50_000).flatMap { _ in [0x81, 0x01, UInt8(ascii: "x")] })
            let close = try await connection.close()
            #expect(close == .close(code: 1008, reason: "too many invalid messages"))
            _ = try await fixture.registered()
            let lines = fixture.log.text.split(separator: "\n").filter { $0.contains("malformed message") }
            #expect(!lines.isEmpty && lines.count < 20)
        }
    }
}
