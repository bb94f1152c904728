import N8NTestBroker
import NIOCore
import NIOWebSocket
import Tasks
import Testing

@testable import N8NBridge

/// What happens to the connection, and what that does to tasks.
@Suite(.timeLimit(.minutes(10))) struct BridgeConnectionTests {
    @Test func pingsAreAnsweredInTheMiddleOfALargeMessage() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            try await connection.begin("t1")
            connection.sendSettings("t1", code: "hold")
            let held = try await fixture.dispatcher.submissions.next()
            connection.pauseReading()
            fixture.dispatcher.end(held.id, .items(BridgeTestDispatcher.largeResult[...]))
            connection.sendPing("while it goes out")
            // More than the sockets hold is on its way, and nothing was read so far.
            try await fixture.waitUntil { $0.tasks == 0 }
            connection.resumeReading()
            try await connection.pong()
            #expect(connection.events.waiting.allSatisfy { !$0.isEnd })
            let end = try await connection.end(of: "t1")
            #expect(end.resultSize == BridgeTestDispatcher.largeResult.count)
        }
    }

    @Test func aBrokerThatDoesNotAnswerPingsIsGivenUp() async throws {
        var options = TestTaskBroker.Options()
        options.answersPings = false
        var configuration = BridgeFixture.configuration()
        configuration.pingInterval = .milliseconds(50)
        try await BridgeFixture.run(broker: options, configuration: configuration) { fixture in
            let connection = try await fixture.registered()
            try await connection.begin("t1")
            connection.sendSettings("t1", code: "hold")
            let held = try await fixture.dispatcher.submissions.next()
            try await connection.ping()
            // With its connection goes the task.
            let cancelled = try await fixture.dispatcher.cancellations.next()
            #expect(cancelled == held.id)
            try await connection.gone()
            // And it is back at once.
            fixture.broker.options.answersPings = true
            let second = try await fixture.registered()
            #expect(fixture.log.text.contains("the task broker does not answer"))
            let end = try await second.run("t2", code: "echo")
            #expect(end == .done("t2", result: Array("[]".utf8)))
        }
    }

    @Test func aBrokerThatAnswersPingsIsKept() async throws {
        var configuration = BridgeFixture.configuration()
        configuration.pingInterval = .milliseconds(20)
        configuration.toleratedSilentPings = 100
        try await BridgeFixture.run(configuration: configuration) { fixture in
            let connection = try await fixture.registered()
            for _ in 0..<10 { try await connection.ping() }
            let end = try await connection.run("t1", code: "echo")
            #expect(end == .done("t1", result: Array("[]".utf8)))
            #expect(fixture.broker.attemptCount == 1)
        }
    }

    @Test func aBrokerThatDiesMidTaskEndsTheTaskAndIsFoundAgain() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            try await connection.begin("running")
            connection.sendSettings("running", code: "hold")
            try await connection.begin("waiting")
            let held = try await fixture.dispatcher.submissions.next()
            connection.cut()
            let cancelled = try await fixture.dispatcher.cancellations.next()
            #expect(cancelled == held.id)
            let second = try await fixture.registered()
            // The old tasks are gone, their names free, and nothing of them is heard on the new connection.
            let end = try await second.run("running", code: "echo")
            #expect(end == .done("running", result: Array("[]".utf8)))
        }
    }

    @Test(arguments: [
        ("text that is not JSON", WebSocketOpcode.text, Array("not json".utf8)),
        ("JSON that is not a message", .text, Array(#"{"taskId":"t"}"#.utf8)),
        ("half a message", .text, Array(#"{"type":"broker:inforequ"#.utf8)),
        ("binary", .binary, Array(#"{"type":"broker:inforequest"}"#.utf8)),
    ]) func malformedMessagesAreLoggedAndSkipped(
        _ what: String,
        _ opcode: WebSocketOpcode,
        _ bytes: [UInt8]
    ) async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            try await connection.begin("running")
            connection.sendSettings("running", code: "hold")
            let held = try await fixture.dispatcher.submissions.next()
            connection.sendFrame(WebSocketFrame(fin: true, opcode: opcode, data: ByteBuffer(bytes: bytes)))
            try await connection.roundTrip()
            #expect(fixture.log.text.contains("malformed message from the task broker is skipped"), "\(what)")
            // Neither the connection nor its task ends.
            fixture.dispatcher.end(held.id, .items(Array("[7]".utf8)[...]))
            let end = try await connection.end(of: "running")
            #expect(end == .done("running", result: Array("[7]".utf8)))
            #expect(fixture.broker.attemptCount == 1)
        }
    }

    @Test func textThatIsNotUTF8ClosesTheConnection() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            let bytes = Array("{\"type\":\"".utf8) + [0xC3, 0x28] + Array("\"}".utf8)
            connection.sendFrame(WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: bytes)))
            guard case .close(let found, let reason) = try await connection.close() else { return }
            #expect(found == 1007)
            #expect(!reason.isEmpty)
            let second = try await fixture.registered()
            let end = try await second.run("t1", code: "echo")
            #expect(end == .done("t1", result: Array("[]".utf8)))
        }
    }

    @Test(
        arguments: [
            ("a masked frame", [0x81, 0x82, 1, 2, 3, 4, 0x7A, 0x7F], 1002),
            ("a reserved bit", [0xF1, 0x02, 0x7B, 0x7D], 1002),
            ("a fragmented ping", [0x09, 0x00], 1002),
            ("random bytes", [0xFF, 0xFF, 0xDE, 0xAD, 0xBE, 0xEF], 1002),
            ("a message beyond the limit", [0x81, 127, 0, 0, 0, 0, 0x10, 0, 0, 1], 1009),
        ] as [(String, [UInt8], Int)]
    ) func brokenFramesAreRefusedWithAReason(
        _ what: String,
        _ bytes: [UInt8],
        code: Int
    ) async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            connection.sendRaw(bytes)
            guard case .close(let found, let reason) = try await connection.close() else { return }
            #expect(found == code, "\(what)")
            #expect(!reason.isEmpty)
            _ = try await fixture.registered()
        }
    }

    @Test func halfAFrameAndThenNothingIsALostConnection() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            try await connection.begin("t1")
            connection.sendSettings("t1", code: "hold")
            _ = try await fixture.dispatcher.submissions.next()
            connection.sendRaw([0x81, 0x7E, 0x01, 0x00] + Array(#"{"type":"broker:task"#.utf8))
            try await connection.flushed()
            connection.cut()
            _ = try await fixture.dispatcher.cancellations.next()
            _ = try await fixture.registered()
        }
    }

    @Test func messagesMayComeInAnyNumberOfFragmentsAndPieces() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            try await connection.begin("t1")
            connection.expectAnswer(to: "t1")
            let text = Array(
                #"{"type":"broker:tasksettings","taskId":"t1","settings":{"code":"echo","nodeMode":"runOnceForAllItems","items":[{"json":{"ü":"€"}}]}}"#
                    .utf8
            )
            for (index, byte) in text.enumerated() {
                connection.sendFrame(
                    WebSocketFrame(
                        fin: index == text.count - 1,
                        opcode: index == 0 ? .text : .continuation,
                        data: ByteBuffer(bytes: [byte])
                    )
                )
                if index == 30 { connection.sendPing("between fragments") }
            }
            try await connection.pong()
            let end = try await connection.end(of: "t1")
            #expect(end == .done("t1", result: Array(#"[{"json":{"ü":"€"}}]"#.utf8)))
        }
    }

    @Test(arguments: [1000, 1001, 1012, 4000]) func aClosingBrokerIsAnsweredAndFoundAgain(code: Int) async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            try await connection.begin("t1")
            connection.sendSettings("t1", code: "hold")
            _ = try await fixture.dispatcher.submissions.next()
            connection.sendClose(code)
            guard case .close(let found, _) = try await connection.close() else { return }
            #expect(found == code)
            _ = try await fixture.dispatcher.cancellations.next()
            _ = try await fixture.registered()
            #expect(fixture.log.text.contains("closed by the task broker (\(code)"))
        }
    }

    @Test func aThousandReconnectsLeaveNothingBehind() async throws {
        var configuration = BridgeFixture.configuration()
        configuration.backoff = .init(first: .microseconds(10), largest: .microseconds(10))
        try await BridgeFixture.run(configuration: configuration) { fixture in
            var descriptors = 0
            for round in 0..<1000 {
                let connection = try await fixture.registered()
                if round % 100 == 0 {
                    let end = try await connection.run("t\(round)", code: "echo")
                    #expect(end == .done("t\(round)", result: Array("[]".utf8)))
                }
                if round == 10 { descriptors = OpenDescriptors.count }
                connection.cut()
                try await connection.gone()
            }
            // Other tests run beside this one, and have theirs; a thousand would show.
            #expect(OpenDescriptors.count < descriptors + 300)
            #expect(fixture.broker.attemptCount >= 1000)
        }
    }

    @Test func aRunnerThatIsNeverRegisteredGetsNoTasks() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.broker.connections.next()
            connection.accept("early", for: "t1")
            let rejection = try await connection.nextRejection()
            #expect(rejection == .rejected("t1", reason: RunnerStateMachine.offerExpired))
            #expect(connection.waitingOffers == 0)
        }
    }

    @Test func aTaskWithoutSettingsIsGivenUpInTime() async throws {
        var options = TestTaskBroker.Options()
        options.capacity = 1
        var configuration = BridgeFixture.configuration()
        configuration.settingsTimeout = .milliseconds(100)
        try await BridgeFixture.run(broker: options, configuration: configuration) { fixture in
            let connection = try await fixture.registered()
            try await connection.begin("t1")
            guard case .error(_, let message, _) = try await connection.end(of: "t1") else {
                Issue.record("a result without settings")
                return
            }
            #expect(message == RunnerStateMachine.settingsOverdue)
            let end = try await connection.run("t2", code: "echo")
            #expect(end == .done("t2", result: Array("[]".utf8)))
        }
    }

    @Test func offersAreRenewedWhenTheyExpire() async throws {
        var configuration = BridgeFixture.configuration()
        configuration.offerValidity = .milliseconds(50)
        configuration.offerJitter = .milliseconds(10)
        configuration.offerLateness = .milliseconds(20)
        try await BridgeFixture.run(configuration: configuration) { fixture in
            let connection = try await fixture.registered()
            var offers: [String] = []
            for _ in 0..<50 { offers.append(try await connection.nextOffer()) }
            #expect(Set(offers).count == 50)
            // The first of them is long gone.
            connection.accept(offers[0], for: "t1")
            let rejection = try await connection.nextRejection()
            #expect(rejection == .rejected("t1", reason: RunnerStateMachine.offerExpired))
        }
    }
}
