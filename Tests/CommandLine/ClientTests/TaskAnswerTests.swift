import Tasks
import Testing

@testable import Client

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

@Suite struct TaskAnswerTests {
    @Test func aSuccessKeepsItsItemsAsTheyCame() throws {
        let answer = try TaskAnswer(
            bytes(
                #"{"id":"x","outcome":"succeeded","items":[{"json":{"n":1.10}}],"#
                    + #""logs":[{"stream":"stderr","text":"hi"}],"logs_truncated":true,"#
                    + #""usage":{"queued_ms":0.5,"wall_ms":12,"cpu_ms":3.25,"max_rss_bytes":1000},"new":1}"#
            )
        )
        #expect(answer.items == bytes(#"[{"json":{"n":1.10}}]"#))
        #expect(answer.failure == nil)
        #expect(answer.logs == [.init(stream: .stderr, text: "hi")])
        #expect(answer.logsTruncated)
        #expect(answer.usage.wall == .milliseconds(12))
        #expect(answer.usage.cpu == .microseconds(3250))
        #expect(answer.usage.peakResidentBytes == 1000)
    }

    @Test(arguments: ["1e300", "-1e300", "1e999"]) func aTimeOutOfRangeIsClamped(number: String) throws {
        let answer = try TaskAnswer(
            bytes(#"{"id":"x","outcome":"succeeded","items":[],"usage":{"wall_ms":\#(number)}}"#)
        )
        #expect(answer.usage.wall == .milliseconds(number.hasPrefix("-") ? -1e15 : 1e15))
    }

    @Test func aFailureIsReadInFull() throws {
        let answer = try TaskAnswer(
            bytes(
                #"{"id":"x","outcome":"policy_violation","error":{"message":"m","line":3,"column":4,"hint":"h","#
                    + #""violations":[{"rule":"import","construct":"import os","line":1,"column":2,"message":"no","hint":null}]}}"#
            )
        )
        let failure = try #require(answer.failure)
        #expect(failure.kind == .policyViolation)
        #expect(failure.line == 3)
        #expect(failure.hint == "h")
        #expect(
            failure.violations == [
                PolicyViolation(rule: "import", construct: "import os", line: 1, column: 2, message: "no")
            ]
        )
    }

    @Test func whatMakesNoSenseIsRefused() {
        for text in ["", "[]", "{}", #"{"id":1,"outcome":"x"}"#, #"{"id":"x","outcome":"y","items":{}}"#] {
            #expect(throws: ClientError.self) { try TaskAnswer(bytes(text)) }
        }
    }

    @Test func eventsAreToldApart() throws {
        #expect(try StreamedEvent(bytes(#"{"event":"accepted","id":"abc"}"#)) == .accepted(id: "abc"))
        #expect(
            try StreamedEvent(bytes(#"{"event":"log","stream":"stdout","text":"x"}"#))
                == .log(.init(stream: .stdout, text: "x"))
        )
        #expect(try StreamedEvent(bytes(#"{"event":"progress","done":1,"total":2}"#)) == .progress(done: 1, total: 2))
        #expect(try StreamedEvent(bytes(#"{"event":"from_the_future"}"#)) == nil)
        let result = #"{"event":"result","id":"x","outcome":"succeeded","items":[]}"#
        #expect(try StreamedEvent(bytes(result)) == .result(TaskAnswer(bytes(result))))
        // A task cannot pass a print off as its result.
        let print = #"{"event":"log","stream":"stdout","text":"{\"event\":\"result\"}"}"#
        #expect(try StreamedEvent(bytes(print)) == .log(.init(stream: .stdout, text: #"{"event":"result"}"#)))
        #expect(throws: ClientError.self) { try StreamedEvent(bytes("nonsense")) }
    }
}

@Suite struct TaskSubmissionTests {
    @Test func theBodyHoldsWhatWasAsked() throws {
        let submission = TaskSubmission(
            code: "return \"é\\n\"",
            items: bytes("[{\"n\": 1.10}]"),
            mode: .eachItem,
            continueOnFail: true,
            timeout: .microseconds(1500),
            label: "x"
        )
        #expect(
            String(decoding: submission.runBody, as: UTF8.self)
                == #"{"code":"return \"é\\n\"","items":[{"n": 1.10}],"mode":"each_item","continue_on_fail":true,"#
                + #""timeout_ms":2,"label":"x"}"#
        )
    }
}
