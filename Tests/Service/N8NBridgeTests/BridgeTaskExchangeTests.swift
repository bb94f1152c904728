import N8NTestBroker
import NIOCore
import NIOWebSocket
import Tasks
import Testing

@testable import N8NBridge

@Suite(.timeLimit(.minutes(10))) struct BridgeTaskExchangeTests {
    @Test(arguments: [false, true]) func aTaskGoesInAndItsResultComesOut(isInline: Bool) async throws {
        try await BridgeFixture.run(dispatcher: BridgeTestDispatcher(isInline: isInline)) { fixture in
            let connection = try await fixture.registered()
            let items = #"[{"json":{"a": 1, "ü": "\ud83d\ude00 \u0000"}}, {"json":{},"binary":{}}]"#
            #expect(
                try await connection.run("t1", code: "echo", items: items) == .done("t1", result: Array(items.utf8))
            )
            let submission = try await fixture.dispatcher.submissions.next()
            #expect(submission.task.dialect == .n8n)
            #expect(submission.task.mode == .allItems)
            #expect(submission.submitted.label == "My workflow / Code")
            #expect(submission.task.query.map(Array.init) == Array("null".utf8))
            #expect(submission.submitted.timeout == nil)
        }
    }

    @Test func anOfferIsMadeForEverySlotAndAgainWhenASlotFrees() async throws {
        var options = TestTaskBroker.Options()
        options.capacity = 3
        try await BridgeFixture.run(broker: options) { fixture in
            let connection = try await fixture.registered()
            var offers: [String] = []
            for _ in 0..<3 { offers.append(try await connection.nextOffer()) }
            for (index, offer) in offers.enumerated() {
                connection.accept(offer, for: "t\(index)")
                try await connection.nextAcceptance(of: "t\(index)")
                connection.sendSettings("t\(index)", code: "hold")
            }
            try await connection.roundTrip()
            // No slot, no offer.
            #expect(connection.waitingOffers == 0)
            let held = try await fixture.dispatcher.submissions.next()
            fixture.dispatcher.end(held.id, .items([0x5B, 0x5D]))
            _ = try await connection.nextOffer()
            #expect(fixture.bridge.status.tasks == 2)
            for _ in 0..<2 {
                let held = try await fixture.dispatcher.submissions.next()
                fixture.dispatcher.end(held.id, .items([0x5B, 0x5D]))
            }
        }
    }

    @Test func printsArriveBeforeTheResultAndAsTheyHappen() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            #expect(try await connection.run("t1", code: "print") == .done("t1", result: Array("[]".utf8)))
            for expected in [["one"], ["two", "{\"a\": 1}"], ["plain\n"]] {
                let heard = try await connection.nextConsole()
                #expect(heard == .console("t1", expected))
            }

            try await connection.begin("t2")
            connection.sendSettings("t2", code: "hold")
            let held = try await fixture.dispatcher.submissions.next { $0.code == "hold" }
            fixture.dispatcher.print(held.id, #"["while it runs"]"#)
            // While the task is still held.
            #expect(
                try await connection.nextConsole()
                    == .console("t2", ["while it runs"])
            )
            connection.send(#"{"type":"broker:rpcresponse","taskId":"t2","callId":"x","status":"success","data":{}}"#)
            fixture.dispatcher.end(held.id, .items([0x5B, 0x5D]))
            _ = try await connection.end(of: "t2")
        }
    }

    @Test func printsAreNotSentWhenTheSettingsTurnThemOff() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            _ = try await connection.run("t1", code: "print", more: #","canLog":false"#)
            #expect(connection.waitingConsoles == 0)
        }
    }

    @Test func theQueryAndTheModeReachTheTask() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            #expect(
                try await connection.run("t1", code: "query", more: #","query":{"what": ["ever"]}"#)
                    == .done("t1", result: Array(#"{"what": ["ever"]}"#.utf8))
            )
            #expect(
                try await connection.run("t2", code: "query", more: #","query":null"#)
                    == .done("t2", result: Array("null".utf8))
            )
            try await connection.begin("t3")
            connection.sendSettings("t3", code: "echo", mode: "runOnceForEachItem")
            _ = try await connection.end(of: "t3")
            let submission = try await fixture.dispatcher.submissions.next { $0.code == "echo" }
            #expect(submission.task.mode == .eachItem)
        }
    }

    @Test func aFailureSaysWhatAndWhereAndWhatToDo() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            let heard = try await connection.run("t1", code: "fail")
            guard case .error("t1", let message, let text) = heard else {
                Issue.record("\(heard)")
                return
            }
            #expect(message == "KeyError: 'name' [line 3, for item 2]")
            #expect(
                text
                    == #"{"column":5,"description":"Line 3: return item['name']<br>Is there a name in every item?","#
                    + #""hint":"Is there a name in every item?","itemIndex":2,"kind":"python_error","lineNumber":3,"#
                    + #""message":"KeyError: 'name' [line 3, for item 2]","sourceLine":"    return item['name']","#
                    + #""stack":"Traceback (most recent call last):\n  line 3","type":"KeyError"}"#
            )
        }
    }

    @Test(arguments: [
        (TaskFailure(.timedOut, message: "60 s were reached"), "the task timed out: 60 s were reached"),
        (TaskFailure(.memoryExceeded, message: "out of memory"), "out of memory"),
        (TaskFailure(.outputExceeded, message: "too much output"), "too much output"),
        (TaskFailure(.workerDied, message: "the worker was killed by SIGSEGV"), "the worker was killed by SIGSEGV"),
    ]) func withContinueOnFailEveryFailureBecomesAnItem(_ failure: TaskFailure, _ text: String) async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            for continueOnFail in [true, false] {
                let id = "\(continueOnFail)"
                try await connection.begin(id)
                connection.sendSettings(id, code: "hold", continueOnFail: continueOnFail)
                let held = try await fixture.dispatcher.submissions.next()
                fixture.dispatcher.end(held.id, .failure(failure))
                switch try await connection.end(of: id) {
                case .done(_, let result):
                    #expect(continueOnFail)
                    #expect(String(decoding: result, as: UTF8.self).hasPrefix(#"[{"json":{"error":"\#(text)"#))
                case .error(_, let message, _):
                    #expect(!continueOnFail)
                    #expect(message.hasPrefix(text))
                case let other:
                    Issue.record("\(other)")
                }
            }
        }
    }

    /// The control of the test above: a cancelled task has no result, whatever its settings say.
    @Test func aCancelledTaskStaysAnErrorWithContinueOnFail() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            try await connection.begin("t1")
            connection.sendSettings("t1", code: "hold", continueOnFail: true)
            _ = try await fixture.dispatcher.submissions.next()
            connection.cancel("t1")
            guard case .error(_, let message, _) = try await connection.end(of: "t1") else {
                Issue.record("a result of a cancelled task")
                return
            }
            #expect(message == "the task was cancelled")
        }
    }

    @Test func settingsThatNoTaskCanBeMadeOfFailThatTaskAlone() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            let deep = String(repeating: "[", count: 1100) + String(repeating: "]", count: 1100)
            let cases = [
                (#"{"nodeMode":"runOnceForAllItems","items":[]}"#, "The task broker sent no code for the task."),
                (#"{"code":7,"nodeMode":"runOnceForAllItems"}"#, "code is a number, not a string."),
                (#"{"code":"echo","items":[]}"#, "The settings of the task have no nodeMode."),
                (#"{"code":"echo","nodeMode":"runTwice"}"#, #"This runner does not know the mode "runTwice"."#),
                (
                    #"{"code":"echo","nodeMode":"runOnceForAllItems","items":[{},3]}"#,
                    "Element 1 of the items is a number, not an object."
                ),
                (#"{"code":"echo","nodeMode":"runOnceForAllItems","items":{}}"#, "items is an object, not an array."),
                (
                    #"{"code":"echo","nodeMode":"runOnceForAllItems","items":[{"json":\#(deep)}]}"#,
                    "The items are nested deeper than 1000 levels."
                ),
                ("null", "The task broker sent no settings for the task."),
                ("[1]", "The task broker sent no settings for the task."),
            ]
            for (index, (settings, problem)) in cases.enumerated() {
                try await connection.begin("t\(index)")
                connection.sendSettingsText("t\(index)", settings)
                guard case .error(_, let message, _) = try await connection.end(of: "t\(index)") else {
                    Issue.record("a result for \(settings)")
                    continue
                }
                #expect(message == problem)
            }
            #expect(fixture.dispatcher.submissionCount == 0)
            #expect(try await connection.run("good", code: "echo") == .done("good", result: Array("[]".utf8)))
        }
    }

    @Test func aTaskTheDispatcherTurnsAwayIsReportedAndItsSlotOfferedAgain() async throws {
        var options = TestTaskBroker.Options()
        options.capacity = 1
        try await BridgeFixture.run(broker: options) { fixture in
            let connection = try await fixture.registered()
            guard case .error(_, let message, _) = try await connection.run("t1", code: "full") else {
                Issue.record("accepted")
                return
            }
            #expect(message.contains("7 tasks are waiting"))
            #expect(try await connection.run("t2", code: "echo") == .done("t2", result: Array("[]".utf8)))
        }
    }

    @Test func cancellationIsHonouredInEveryState() async throws {
        var options = TestTaskBroker.Options()
        options.capacity = 1
        try await BridgeFixture.run(broker: options) { fixture in
            let connection = try await fixture.registered()
            // An unknown task.
            connection.cancel("never")

            // Before its settings: the slot is offered at once, and the settings are refused.
            try await connection.begin("before")
            connection.cancel("before")
            let offer = try await connection.nextOffer()
            connection.sendSettings("before", code: "echo")
            guard case .error(_, let unknown, _) = try await connection.end(of: "before") else {
                Issue.record("ran although it was cancelled")
                return
            }
            #expect(unknown == RunnerStateMachine.unknownTask)

            // While it runs.
            connection.accept(offer, for: "running")
            try await connection.nextAcceptance(of: "running")
            connection.sendSettings("running", code: "hold")
            let held = try await fixture.dispatcher.submissions.next()
            connection.cancel("running")
            connection.cancel("running")
            #expect(try await fixture.dispatcher.cancellations.next() == held.id)
            guard case .error(_, let message, let text) = try await connection.end(of: "running") else {
                Issue.record("a result of a cancelled task")
                return
            }
            #expect(message == "the task was cancelled")
            #expect(text.contains(#""kind":"cancelled""#))

            // After its end.
            connection.cancel("running")
            #expect(try await connection.run("after", code: "echo") == .done("after", result: Array("[]".utf8)))
            #expect(fixture.dispatcher.submissionCount == 2)
        }
    }

    @Test func offersThatAreUnknownOrBeyondCapacityAreTurnedDownWithTheReason() async throws {
        var options = TestTaskBroker.Options()
        options.capacity = 1
        try await BridgeFixture.run(broker: options) { fixture in
            let connection = try await fixture.registered()
            let offer = try await connection.nextOffer()
            connection.accept("no such offer", for: "t1")
            #expect(
                try await connection.nextRejection()
                    == .rejected("t1", reason: RunnerStateMachine.offerExpired)
            )
            // n8n looks at the task again when it hears of another offer, and only then.
            let second = try await connection.nextOffer()
            #expect(second != offer)
            connection.accept(second, for: "t1")
            try await connection.nextAcceptance(of: "t1")
            connection.sendSettings("t1", code: "hold")
            let held = try await fixture.dispatcher.submissions.next()
            // The first of them had not been taken back, but now there is no room.
            connection.accept(offer, for: "t2")
            #expect(
                try await connection.nextRejection()
                    == .rejected("t2", reason: RunnerStateMachine.atCapacity)
            )
            connection.accept(offer, for: "t3")
            #expect(
                try await connection.nextRejection()
                    == .rejected("t3", reason: RunnerStateMachine.offerExpired)
            )
            fixture.dispatcher.end(held.id, .items([0x5B, 0x5D]))
            _ = try await connection.end(of: "t1")
        }
    }

    @Test func duplicateNamesAndDuplicateSettingsDisturbNothing() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            try await connection.begin("t1")
            connection.sendSettings("t1", code: "hold")
            let held = try await fixture.dispatcher.submissions.next()
            connection.accept(try await connection.nextOffer(), for: "t1")
            #expect(
                try await connection.nextRejection()
                    == .rejected("t1", reason: RunnerStateMachine.duplicateTask)
            )
            connection.sendSettings("t1", code: "echo")
            try await connection.roundTrip()
            #expect(fixture.dispatcher.submissionCount == 1)
            fixture.dispatcher.end(held.id, .items(Array("7".utf8)[...]))
            #expect(try await connection.end(of: "t1") == .done("t1", result: Array("7".utf8)))
            // The name is free again.
            #expect(try await connection.run("t1", code: "echo") == .done("t1", result: Array("[]".utf8)))
        }
    }

    @Test func settingsForATaskThatWasNeverOfferedAreAnsweredWithAnError() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            connection.sendSettings("stranger", code: "echo")
            guard case .error(_, let message, _) = try await connection.end(of: "stranger") else {
                Issue.record("ran a task it never accepted")
                return
            }
            #expect(message == RunnerStateMachine.unknownTask)
            #expect(fixture.dispatcher.submissionCount == 0)
        }
    }

    @Test func unknownMessagesAreIgnoredWithALine() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            connection.send(#"{"type":"broker:brandnew","settings":{"a":[1,2]},"taskId":5}"#)
            connection.send(#"{"type":"broker:brandnew"}"#)
            #expect(try await connection.run("t1", code: "echo") == .done("t1", result: Array("[]".utf8)))
            let lines = fixture.log.text.split(separator: "\n").filter { $0.contains("broker:brandnew") }
            #expect(lines.count == 1)
        }
    }

    @Test func whatTheLogSaysOfAMessageIsBounded() async throws {
        try await BridgeFixture.run { fixture in
            let connection = try await fixture.registered()
            // One character that is a megabyte long, and more types of messages than are logged.
            connection.send(#"{"type":"x\#(String(repeating: "\u{301}", count: 500_000))"}"#)
            connection.cancel("never", reason: "y" + String(repeating: "\u{301}", count: 500_000))
            for index in 0..<100 { connection.send(#"{"type":"kind \#(index)"}"#) }
            try await connection.roundTrip()
            let lines = fixture.log.text.split(separator: "\n").filter { $0.contains("unknown message") }
            #expect(lines.count == 20)
            #expect(fixture.log.text.utf8.count < 20_000)
        }
    }
}
