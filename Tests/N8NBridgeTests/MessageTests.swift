import Tasks
import TestSupport
import Testing

@testable import N8NBridge

@Suite struct BrokerMessageParserTests {
    static func parse(_ text: String) throws(MalformedMessage) -> BrokerMessage {
        try BrokerMessageParser.parse(Array(text.utf8))
    }

    static func settings(_ text: String) throws -> BrokerMessage.TaskSettings? {
        let message = try Self.parse(#"{"type":"broker:tasksettings","taskId":"t","settings":\#(text)}"#)
        guard case .settings("t", let settings) = message else { return nil }
        return settings
    }

    @Test func everyMessageOfTheBrokerIsUnderstood() throws {
        let texts = [
            #"{"type":"broker:inforequest"}"#, #"{"type":"broker:runnerregistered","more":{"x":[1]}}"#,
            #"{"taskId":"a","type":"broker:taskofferaccept","offerId":"o\u0031"}"#,
            #"{"type":"broker:taskcancel","taskId":"a","reason":"why"}"#, #"{"type":"broker:taskcancel","taskId":"a"}"#,
            #"{"type":"broker:rpcresponse","callId":"c","taskId":"a","status":"success","data":null}"#,
            #" {"type":"broker:drain"} "#, #"{"type":"broker:new"}"#,
        ]
        let descriptions = try texts.map { "\(try Self.parse($0))" }
        #expect(
            descriptions == [
                "infoRequest", "runnerRegistered", #"offerAccepted(taskID: "a", offerID: "o1")"#,
                #"cancel(taskID: "a", reason: "why")"#, #"cancel(taskID: "a", reason: "")"#, "rpcResponse", "drain",
                #"unknown(type: "broker:new")"#,
            ]
        )
    }

    @Test(arguments: [
        "", "null", "[]", "{", "{}", #"{"type":1}"#, #"{"type":null}"#, #"{"type":"broker:taskofferaccept"}"#,
        #"{"type":"broker:taskofferaccept","taskId":"a"}"#,
        #"{"type":"broker:taskofferaccept","taskId":"","offerId":"b"}"#,
        #"{"type":"broker:taskofferaccept","taskId":7,"offerId":"b"}"#, #"{"type":"broker:taskcancel"}"#,
        #"{"type":"broker:tasksettings","settings":{}}"#, #"{"type":"broker:drain"} x"#, #"{"type":"broker:drain"}}"#,
        #"{"type":"broker:drain","type":"broker:drain"}"#, #"{"type":"\ud800"}"#, #"{"type":"broker:drain",}"#,
        #"{"type":"broker:tasksettings","taskId":"t","settings":{"code":"","code":""}}"#, "{\"type\":\"a\nb\"}",
    ]) func whatIsMalformedIsSaidToBeSo(_ text: String) {
        #expect(throws: MalformedMessage.self) { try Self.parse(text) }
    }

    @Test func invalidUTF8IsToldApart() {
        let broken = Array(#"{"type":"broker:"#.utf8) + [0xFF] + Array(#""}"#.utf8)
        let error = #expect(throws: MalformedMessage.self) { try BrokerMessageParser.parse(broken) }
        #expect(error?.isEncodingAtFault == true)
        let other = #expect(throws: MalformedMessage.self) { try Self.parse("{") }
        #expect(other?.isEncodingAtFault == false)
    }

    @Test func partsAreFoundAndNotBuilt() throws {
        let items = #"[ {"json" : {"a":1e2,"b":"\u00e4"}} , {} ]"#
        let settings = try #require(
            try Self.settings(
                #"{"query": {"q" :1},"items":\#(items),"code":"return _items\n\u00e4\ud800","continueOnFail":true,"#
                    + #""nodeMode":"runOnceForEachItem","workflowName":"W\u0001","nodeName":"N","unknown":[]}"#
            )
        )
        #expect(Array(settings.request.items) == Array(items.utf8))
        #expect(settings.request.query.map(Array.init) == Array(#"{"q" :1}"#.utf8))
        // Half of a surrogate pair goes on for Python's compiler to complain of.
        #expect(Array(settings.request.code) == Array("return _items\nä".utf8) + [0xED, 0xA0, 0x80])
        #expect(settings.request.mode == .eachItem)
        #expect(settings.request.continueOnFail)
        #expect(settings.request.dialect == .n8n)
        #expect(settings.request.label == "W  / N")
        #expect(settings.wantsConsole)
    }

    @Test func whatIsLeftOutHasItsDefault() throws {
        let settings = try #require(
            try Self.settings(
                #"{"code":"","nodeMode":"runOnceForAllItems","items":null,"continueOnFail":null,"query":null}"#
            )
        )
        #expect(Array(settings.request.items) == Array("[]".utf8))
        #expect(!settings.request.continueOnFail)
        #expect(settings.request.query == nil)
        #expect(settings.request.label == nil)
    }

    @Test func theLabelIsBounded() throws {
        let long = String(repeating: "ä", count: 1000)
        let settings = try #require(
            try Self.settings(#"{"code":"","nodeMode":"runOnceForAllItems","nodeName":"\#(long)"}"#)
        )
        #expect(settings.request.label == String(repeating: "ä", count: 128))
    }

    @Test func theDeepestItemsThatTasksMayHaveAreTaken() throws {
        func items(_ depth: Int) -> String {
            // The array and the item are levels as well.
            "[{\"json\":" + String(repeating: "[", count: depth - 2) + String(repeating: "]", count: depth - 2) + "}]"
        }
        let mode = #""code":"","nodeMode":"runOnceForAllItems""#
        #expect(try Self.settings(#"{\#(mode),"items":\#(items(256))}"#) != nil)
        let message = try Self.parse(
            #"{"settings":{\#(mode),"items":\#(items(257))},"type":"broker:tasksettings","taskId":"t"}"#
        )
        guard case .unusableSettings("t", let problem) = message else {
            Issue.record("taken")
            return
        }
        #expect(problem == "The items are nested deeper than 256 levels.")
        // Depth is no fault of a message that is none of ours.
        guard case .unknown("x") = try Self.parse(#"{"type":"x","data":\#(items(5000))}"#) else {
            Issue.record("not skipped")
            return
        }
    }

    @Test(arguments: 0..<100) func noMessageBringsTheParserDown(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let text =
            #"{"type":"broker:tasksettings","taskId":"t","settings":{"code":"a\u00e4","nodeMode":"runOnceForAllItems","#
            + #""items":[{"json":{"a":[1,2.5e3,true,null]}}],"query":"q","workflowName":"w","continueOnFail":false}}"#
        for _ in 0..<50 {
            var bytes = Array(text.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &chance) {
                bytes[Int.random(in: 0..<bytes.count, using: &chance)] = UInt8.random(in: 0...255, using: &chance)
            }
            if Bool.random(using: &chance) {
                bytes.removeLast(Int.random(in: 0..<bytes.count, using: &chance))
            }
            _ = try? BrokerMessageParser.parse(bytes)
        }
    }
}

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

    @Test func nothingATaskSaysGetsOutOfItsField() {
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

    @Test func theMessageSaysWhereAndTheDescriptionWhatToDo() {
        let plain = TaskFailure(.timedOut, message: "the task ran longer than 60 s")
        #expect(FailureEncoding.message(plain) == "the task ran longer than 60 s")
        #expect(FailureEncoding.description(plain) == nil)

        let first = PolicyViolation(rule: "import", construct: "os", line: 1, column: 8, message: "no os", hint: "ask")
        let one = TaskFailure(.policyViolation, message: "no os", line: 1, violations: [first])
        #expect(FailureEncoding.message(one) == "no os [line 1]")
        #expect(FailureEncoding.description(one) == "ask")
        let second = PolicyViolation(rule: "import", construct: "sys", line: 2, column: 8, message: "no sys")
        let two = TaskFailure(.policyViolation, message: "no os", line: 1, violations: [first, second])
        #expect(FailureEncoding.description(two) == "Line 1: no os ask\nLine 2: no sys")
    }
}

@Suite struct GrantTokenResponseTests {
    @Test func theTokenIsFound() {
        let bytes = Array(#"{"x":[{}],"data":{"token":"abc\u0064","expires":5}}"#.utf8)
        #expect(GrantTokenResponse.token(in: bytes)?.value == "abcd")
    }

    @Test(arguments: [
        "", "{}", #"{"data":"x"}"#, #"{"data":{}}"#, #"{"data":{"token":7}}"#, #"{"data":{"token":""}}"#,
        #"{"token":"x"}"#, #"{"data":{"token":"a b"}}"#, #"{"data":{"token":"x\r\nEvil: 1"}}"#,
        #"{"data":{"token":"x"}} trailing"#,
    ]) func anythingElseIsNoToken(_ text: String) {
        #expect(GrantTokenResponse.token(in: Array(text.utf8)) == nil)
    }
}
