import Foundation
import N8NTestBroker
import NIOCore
import NIOWebSocket
import Tasks
import Testing

@testable import N8NBridge

/// Many tasks, large messages, and the limit of a message.
@Suite(.timeLimit(.minutes(10))) struct BridgeLoadTests {
    @Test func twoHundredTasksRunAtOnce() async throws {
        var options = TestTaskBroker.Options()
        options.capacity = 200
        try await BridgeFixture.run(broker: options) { fixture in
            let connection = try await fixture.registered()
            for index in 0..<200 { connection.accept(try await connection.nextOffer(), for: "t\(index)") }
            for index in 0..<200 {
                try await connection.nextAcceptance(of: "t\(index)")
                connection.sendSettings("t\(index)", code: "hold", items: #"[{"json":{"n":\#(index)}}]"#)
            }
            for _ in 0..<200 {
                let held = try await fixture.dispatcher.submissions.next()
                if fixture.dispatcher.submissionCount == 200 { #expect(fixture.dispatcher.heldCount > 0) }
                _ = held
            }
            #expect(fixture.dispatcher.largestLoad == 200)
            // The control: nothing was answered so far.
            #expect(fixture.dispatcher.heldCount == 200)
            fixture.dispatcher.endAll()
            for index in 0..<200 {
                #expect(
                    try await connection.end(of: "t\(index)")
                        == .done("t\(index)", result: Array(#"[{"json":{"n":\#(index)}}]"#.utf8))
                )
            }
        }
    }

    @Test func aHundredMegabytesGoBothWays() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            try await connection.begin("t1")
            connection.expectAnswer(to: "t1")
            var message = ByteBuffer()
            message.reserveCapacity(100_001_000)
            message.writeString(#"{"type":"broker:tasksettings","taskId":"t1","settings":{"code":"large","items":"#)
            message.writeBytes(BridgeTestDispatcher.largeResult)
            message.writeString(#","nodeMode":"runOnceForAllItems"}}"#)
            connection.send(message)
            let submission = try await fixture.dispatcher.submissions.next()
            let hasArrived = areEqual(submission.task.items.bytes, BridgeTestDispatcher.largeResult[...])
            #expect(hasArrived)
            guard case .done("t1", let result) = try await connection.end(of: "t1") else {
                Issue.record("no result")
                return
            }
            let hasReturned = areEqual(result[...], BridgeTestDispatcher.largeResult[...])
            #expect(hasReturned)
        }
    }

    @Test func aResultBeyondTheLimitFailsTheTaskAndNotTheConnection() async throws {
        var configuration = BridgeFixture.configuration()
        configuration.maximumPayload = 10_000
        try await BridgeFixture.run(configuration: configuration) { fixture in
            let connection = try await fixture.registered()
            try await connection.begin("t1")
            connection.sendSettings("t1", code: "hold")
            let held = try await fixture.dispatcher.submissions.next()
            fixture.dispatcher.end(held.id, .items(([0x22] + Array(repeating: 0x61, count: 10_000) + [0x22])[...]))
            guard case .error(_, let message, let text) = try await connection.end(of: "t1") else {
                Issue.record("sent a message beyond the limit")
                return
            }
            #expect(message == "the answer is larger than 10000 bytes")
            #expect(text.contains(#""kind":"output_exceeded""#))
            // One just below the limit passes.
            try await connection.begin("t2")
            connection.sendSettings("t2", code: "hold")
            let second = try await fixture.dispatcher.submissions.next()
            let result = [0x22] + Array(repeating: UInt8(0x61), count: 9_900) + [0x22]
            fixture.dispatcher.end(second.id, .items(result[...]))
            #expect(try await connection.end(of: "t2") == .done("t2", result: result))
        }
    }

    @Test func newLimitsAreThoseOfTheNextConnection() async throws {
        var configuration = BridgeFixture.configuration()
        configuration.maximumPayload = 20_000
        try await BridgeFixture.run(configuration: configuration) { fixture in
            let result = [0x22] + Array(repeating: UInt8(0x61), count: 10_000) + [0x22]
            func run(_ taskID: String, on connection: TaskBrokerConnection) async throws -> RunnerEvent {
                try await connection.begin(taskID)
                connection.sendSettings(taskID, code: "hold")
                let held = try await fixture.dispatcher.submissions.next()
                fixture.dispatcher.end(held.id, .items(result[...]))
                return try await connection.end(of: taskID)
            }
            let connection = try await fixture.registered()
            fixture.bridge.setLimits(maximumPayload: 5_000, maximumConcurrency: 2)
            // The control: the old limit, which the connection was made with, lets it pass.
            #expect(try await run("t1", on: connection) == .done("t1", result: result))
            #expect(connection.waitingOffers > 2)
            connection.cut()
            let next = try await fixture.registered()
            try await next.roundTrip()
            #expect(next.waitingOffers == 2)
            guard case .error(_, let message, _) = try await run("t2", on: next) else {
                Issue.record("sent a message beyond the new limit")
                return
            }
            #expect(message == "the answer is larger than 5000 bytes")
        }
    }
}

/// As `==`, which takes its time without optimisation.
private func areEqual(_ one: ArraySlice<UInt8>, _ other: ArraySlice<UInt8>) -> Bool {
    one.withUnsafeBytes { one in
        other.withUnsafeBytes { other in
            guard let first = one.baseAddress, let second = other.baseAddress else { return one.count == other.count }
            return one.count == other.count && memcmp(first, second, one.count) == 0
        }
    }
}

extension BridgeTestDispatcher {
    /// Ends every task that is held, with its items.
    func endAll() {
        for submission in self.heldTasks { self.end(submission.id, .items(submission.task.items.bytes)) }
    }
}
