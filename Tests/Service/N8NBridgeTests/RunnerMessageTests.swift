import Tasks
import Testing

@testable import N8NBridge

@Suite struct RunnerMessageTests {
    static func text(_ pieces: RunnerMessage.Pieces) -> String {
        String(decoding: pieces.joined(), as: UTF8.self)
    }

    @Test func messagesAreWhatN8NReads() {
        #expect(Self.text(RunnerMessage.info()) == #"{"type":"runner:info","name":"Terrarium","types":["python"]}"#)
        #expect(
            Self.text(RunnerMessage.offer("o", validFor: .milliseconds(5250)))
                == #"{"type":"runner:taskoffer","offerId":"o","taskType":"python","validFor":5250}"#
        )
        #expect(Self.text(RunnerMessage.accepted("t")) == #"{"type":"runner:taskaccepted","taskId":"t"}"#)
        #expect(
            Self.text(RunnerMessage.rejected("t\"", reason: "no\n"))
                == #"{"type":"runner:taskrejected","taskId":"t\"","reason":"no\n"}"#
        )
        #expect(
            Self.text(RunnerMessage.done("t", result: Array("[1]".utf8)[...]))
                == #"{"type":"runner:taskdone","taskId":"t","data":{"result":[1]}}"#
        )
        #expect(
            Self.text(RunnerMessage.console("t", callID: "c", arguments: Array(#"["a"]"#.utf8)[...]))
                == #"{"type":"runner:rpc","callId":"c","taskId":"t","name":"logNodeOutput","params":["a"]}"#
        )
        #expect(
            Self.text(RunnerMessage.failed("t", problem: "why"))
                == #"{"type":"runner:taskerror","taskId":"t","error":{"message":"why"}}"#
        )
    }

    @Test func textOfATaskStaysInsideItsField() {
        let evil = "\"},\"type\":\"runner:taskdone\",\"taskId\":\"other\u{0}\n\u{2028}"
        let failure = TaskFailure(
            .pythonError,
            message: evil,
            type: evil,
            line: 1,
            sourceLine: evil,
            traceback: evil,
            hint: evil,
            violations: [PolicyViolation(rule: evil, construct: evil, line: 1, column: 1, message: evil, hint: evil)]
        )
        let text = Self.text(RunnerMessage.failed("t", failure))
        #expect(text.hasPrefix(#"{"type":"runner:taskerror","taskId":"t","error":{"message":"\"},\"type\""#))
        #expect(!text.contains(#""},"type":"runner:taskdone""#))
        #expect(text.utf8.allSatisfy { $0 >= 0x20 })
    }

    @Test func theMessageNamesThePlaceAndTheDescriptionTheRemedy() {
        let plain = TaskFailure(.timedOut, message: "the task ran longer than 60 s")
        #expect(FailureEncoding.message(plain) == "the task timed out: the task ran longer than 60 s")
        let said = TaskFailure(.timedOut, message: "it timed out")
        #expect(FailureEncoding.message(said) == "it timed out")
        #expect(FailureEncoding.description(plain) == nil)

        // n8n shows the description as HTML.
        let html = TaskFailure(.pythonError, message: "a<b", line: 2, sourceLine: "  if a<b & b>a:", hint: "x\ny")
        #expect(FailureEncoding.message(html) == "a<b [line 2]")
        #expect(FailureEncoding.description(html) == "Line 2: if a&lt;b &amp; b&gt;a:<br>x<br>y")
        let own = TaskFailure(.pythonError, message: "x", hint: "a<b", exceptionDescription: "see <b>this</b>")
        #expect(FailureEncoding.description(own) == "see <b>this</b><br>a&lt;b")

        let first = PolicyViolation(rule: "import", construct: "os", line: 1, column: 8, message: "no os", hint: "ask")
        let one = TaskFailure(.policyViolation, message: "no os", line: 1, violations: [first])
        #expect(FailureEncoding.message(one) == "no os [line 1]")
        #expect(FailureEncoding.description(one) == "ask")
        let second = PolicyViolation(rule: "import", construct: "sys", line: 2, column: 8, message: "no sys")
        let two = TaskFailure(.policyViolation, message: "no os", line: 1, violations: [first, second])
        #expect(FailureEncoding.description(two) == "Line 1: no os; ask<br>Line 2: no sys")
    }
}
