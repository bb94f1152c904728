import Tasks
import TestSupport
import Testing

@testable import N8NBridge

@Suite struct TaskBrokerMessageParserTests {
    static func parse(_ text: String) throws(MalformedMessage) -> TaskBrokerMessage {
        try TaskBrokerMessageParser.parse(Array(text.utf8))
    }

    static func settings(_ text: String) throws -> TaskBrokerMessage.TaskSettings? {
        let message = try Self.parse(#"{"type":"broker:tasksettings","taskId":"t","settings":\#(text)}"#)
        guard case .settings("t", let settings) = message else { return nil }
        return settings
    }

    @Test func everyMessageOfTheTaskBrokerIsParsed() throws {
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
    ]) func malformedMessagesAreRefused(_ text: String) {
        #expect(throws: MalformedMessage.self) { try Self.parse(text) }
    }

    @Test func invalidUTF8IsToldApart() {
        let broken = Array(#"{"type":"broker:"#.utf8) + [0xFF] + Array(#""}"#.utf8)
        let error = #expect(throws: MalformedMessage.self) { try TaskBrokerMessageParser.parse(broken) }
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
        #expect(Array(settings.submission.task.items.bytes) == Array(items.utf8))
        #expect(settings.submission.task.query.map(Array.init) == Array(#"{"q" :1}"#.utf8))
        // Half of a surrogate pair goes on for Python's compiler to complain of.
        #expect(Array(settings.submission.task.code) == Array("return _items\nä".utf8) + [0xED, 0xA0, 0x80])
        #expect(settings.submission.task.mode == .eachItem)
        #expect(settings.submission.task.continueOnFail)
        #expect(settings.submission.task.dialect == .n8n)
        #expect(settings.submission.label == "W  / N")
        #expect(settings.wantsConsole)
    }

    @Test func whatIsLeftOutHasItsDefault() throws {
        let settings = try #require(
            try Self.settings(
                #"{"code":"","nodeMode":"runOnceForAllItems","items":null,"continueOnFail":null,"query":null}"#
            )
        )
        #expect(Array(settings.submission.task.items.bytes) == Array("[]".utf8))
        #expect(!settings.submission.task.continueOnFail)
        #expect(settings.submission.task.query.map(Array.init) == Array("null".utf8))
        let none = try #require(try Self.settings(#"{"code":"","nodeMode":"runOnceForAllItems"}"#))
        #expect(none.submission.task.query.map(Array.init) == Array("null".utf8))
        #expect(settings.submission.label == nil)
    }

    @Test func theLabelIsBounded() throws {
        let long = String(repeating: "ä", count: 1000)
        let settings = try #require(
            try Self.settings(#"{"code":"","nodeMode":"runOnceForAllItems","nodeName":"\#(long)"}"#)
        )
        #expect(settings.submission.label == String(repeating: "ä", count: 128))
    }

    @Test func theLabelHasNothingThatDrivesATerminal() throws {
        let name = #"a\u202eb\u2028c\u009bd\u2066e"#
        let settings = try #require(
            try Self.settings(#"{"code":"","nodeMode":"runOnceForAllItems","nodeName":"\#(name)"}"#)
        )
        #expect(settings.submission.label == "a b c d e")
    }

    @Test func theDeepestItemsThatTasksMayHaveAreTaken() throws {
        func items(_ depth: Int) -> String {
            // The array and the item are levels as well.
            "[{\"json\":" + String(repeating: "[", count: depth - 2) + String(repeating: "]", count: depth - 2) + "}]"
        }
        let mode = #""code":"","nodeMode":"runOnceForAllItems""#
        #expect(try Self.settings(#"{\#(mode),"items":\#(items(1000))}"#) != nil)
        let message = try Self.parse(
            #"{"settings":{\#(mode),"items":\#(items(1001))},"type":"broker:tasksettings","taskId":"t"}"#
        )
        guard case .unusableSettings("t", let problem) = message else {
            Issue.record("taken")
            return
        }
        #expect(problem == "The items are nested deeper than 1000 levels.")
        // Depth is not limited in a message of an unknown type.
        guard case .unknown("x") = try Self.parse(#"{"type":"x","data":\#(items(5000))}"#) else {
            Issue.record("not skipped")
            return
        }
    }

    /// An object with `count` members besides its type.
    private static func object(members count: Int) -> [UInt8] {
        let head = Array(#"{"type":"x""#.utf8)
        // `,"k00000000":0`
        let size = 14
        return [UInt8](unsafeUninitializedCapacity: head.count + size * count + 1) { buffer, written in
            for (index, byte) in head.enumerated() { buffer[index] = byte }
            let member = Array(#","k00000000":0"#.utf8)
            var position = head.count
            var index = 0
            while index < count {
                for offset in 0..<size { buffer[position + offset] = member[offset] }
                var rest = index
                var digit = position + 10
                while rest > 0 {
                    buffer[digit] = 0x30 + UInt8(rest % 10)
                    rest /= 10
                    digit -= 1
                }
                position += size
                index += 1
            }
            buffer[position] = UInt8(ascii: "}")
            written = position + 1
        }
    }

    /// The reader keeps the keys of an object, so that 160 MB of them took a gigabyte and ten seconds.
    @Test func membersAreLimited() throws {
        let most = TaskBrokerMessageParser.maximumMembers
        // The control: as many as are allowed, the type among them.
        guard case .unknown("x") = try TaskBrokerMessageParser.parse(Self.object(members: most - 1)) else {
            Issue.record("not parsed")
            return
        }
        for count in [most, 12_000_000] {
            let error = #expect(throws: MalformedMessage.self) {
                try TaskBrokerMessageParser.parse(Self.object(members: count))
            }
            #expect(error?.reason.hasPrefix("an object has more than 1000 members (byte ") == true)
        }
        let settings = String(decoding: Self.object(members: most), as: UTF8.self)
        #expect(throws: MalformedMessage.self) { try Self.settings(settings) }
        // Unknown values are skipped without keeping their keys.
        let nested = String(decoding: Self.object(members: 2 * most), as: UTF8.self)
        guard case .unknown("y") = try Self.parse(#"{"type":"y","data":\#(nested)}"#) else {
            Issue.record("not parsed")
            return
        }
    }

    @Test(arguments: 0..<100) func mutatedMessagesAreParsedOrRefused(seed: UInt64) {
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
            _ = try? TaskBrokerMessageParser.parse(bytes)
        }
    }
}
