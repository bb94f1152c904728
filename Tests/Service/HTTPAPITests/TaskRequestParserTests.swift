import Tasks
import Testing

@testable import HTTPAPI

@Suite struct TaskRequestParserTests {
    private func parse(_ text: String, for purpose: TaskPurpose = .run) throws(ProblemDocument) -> TaskSubmission {
        try TaskRequestParser.parse(Array(text.utf8), for: purpose)
    }

    @Test func codeAloneIsEnough() throws {
        let submission = try self.parse(#"{"code":"return []"}"#)
        #expect(String(decoding: submission.task.code, as: UTF8.self) == "return []")
        #expect(String(decoding: submission.task.items.bytes, as: UTF8.self) == "[]")
        #expect(submission.task.mode == .allItems)
        #expect(!submission.task.continueOnFail)
        #expect(submission.timeout == nil)
        #expect(submission.label == nil)
    }

    @Test func everyFieldIsRead() throws {
        let submission = try self.parse(
            #" {"label":"näme","timeout_ms":1500,"continue_on_fail":true,"mode":"each_item", "#
                + #""items": [ {"json":{"a":[1,{"b":null}]}} , {"x":"]"} ] ,"code":"a = 1\n\treturn \"é\"\ud800"} "#
        )
        #expect(Array(submission.task.code) == Array("a = 1\n\treturn \"é\"".utf8) + [0xED, 0xA0, 0x80])
        #expect(
            String(decoding: submission.task.items.bytes, as: UTF8.self)
                == #"[ {"json":{"a":[1,{"b":null}]}} , {"x":"]"} ]"#
        )
        #expect(submission.task.mode == .eachItem)
        #expect(submission.task.continueOnFail)
        #expect(submission.timeout == .milliseconds(1500))
        #expect(submission.label == "näme")
        #expect(try self.parse(#"{"code":"x","continue_on_fail":false}"#).task.continueOnFail == false)
    }

    @Test func labelsAreCountedInCharactersAndTimesMayBeWrittenInAnyWay() throws {
        let label = String(repeating: "é", count: 256)
        #expect(try self.parse("{\"code\":\"x\",\"label\":\"\(label)\"}").label == label)
        for text in ["5000", "5000.0", "5e3", "50.0E+2"] {
            #expect(try self.parse("{\"code\":\"x\",\"timeout_ms\":\(text)}").timeout == .seconds(5))
        }
        for text in ["99999999999999999999", "1e400"] {
            #expect(try self.parse("{\"code\":\"x\",\"timeout_ms\":\(text)}").timeout == .seconds(1_000_000_000_000))
        }
    }

    @Test func itemsAreASliceOfTheBody() throws {
        let body = Array(#"{"code":"x","items":[{"a":1}]}"#.utf8)
        let submission = try TaskRequestParser.parse(body, for: .run)
        #expect(submission.task.items.bytes.startIndex == 20)
        let addresses = body.withUnsafeBufferPointer { whole in
            submission.task.items.bytes.withUnsafeBufferPointer { items in
                (whole.baseAddress.map { $0 + 20 }, items.baseAddress)
            }
        }
        #expect(addresses.0 == addresses.1)
    }

    @Test func aCheckCarriesNoItemsButHoldsThemToTheRules() throws {
        #expect(try self.parse(#"{"code":"x","items":[{"a":1}]}"#, for: .check).task.items.bytes == [0x5B, 0x5D])
        #expect(throws: ProblemDocument.self) { try self.parse(#"{"code":"x","items":[1]}"#, for: .check) }
    }

    /// Requests that are not accepted, with the field, the element and the offset that the answer names.
    static let invalid: [(String, field: String?, element: Int?, offset: Int?)] = [
        ("[]", nil, nil, 0), ("3", nil, nil, 0), ("null", nil, nil, 0), (#""code""#, nil, nil, 0),
        ("{}", "code", nil, nil), (#"{"items":[]}"#, "code", nil, nil),
        (#"{"code":""}"#, "code", nil, 8), (#"{"code":null}"#, "code", nil, 8), (#"{"code":["x"]}"#, "code", nil, 8),
        (#"{"code":"x","code":"y"}"#, "code", nil, 12), (#"{"code":"x","\u0063ode":"y"}"#, "code", nil, 12),
        (#"{"code":"x","Code":"y"}"#, "Code", nil, 12), (#"{"code":"x","nope":[[[[["#, "nope", nil, 12),
        (#"{"code":"x","items":{}}"#, "items", nil, 20), (#"{"code":"x","items":null}"#, "items", nil, 20),
        (#"{"code":"x","items":[1]}"#, "items", 0, 21), (#"{"code":"x","items":[{},{},"s"]}"#, "items", 2, 27),
        (#"{"code":"x","items":[{},[{}]]}"#, "items", 1, 24), (#"{"code":"x","items":[null]}"#, "items", 0, 21),
        (#"{"code":"x","mode":"all"}"#, "mode", nil, 19), (#"{"code":"x","mode":0}"#, "mode", nil, 19),
        (#"{"code":"x","continue_on_fail":1}"#, "continue_on_fail", nil, 31),
        (#"{"code":"x","continue_on_fail":"true"}"#, "continue_on_fail", nil, 31),
        (#"{"code":"x","timeout_ms":0}"#, "timeout_ms", nil, 25),
        (#"{"code":"x","timeout_ms":-1}"#, "timeout_ms", nil, 25),
        (#"{"code":"x","timeout_ms":1.5}"#, "timeout_ms", nil, 25),
        (#"{"code":"x","timeout_ms":15e-1}"#, "timeout_ms", nil, 25),
        (#"{"code":"x","timeout_ms":"5"}"#, "timeout_ms", nil, 25),
        (#"{"code":"x","label":5}"#, "label", nil, 20), (#"{"code":"x","label":"\ud800"}"#, "label", nil, 20),
        (#"{"code":"x","label":"a\nb"}"#, "label", nil, 20),
        ("{\"code\":\"x\",\"label\":\"a\u{9B}2J\"}", "label", nil, 20),
        (#"{"code":"x","label":"a\u202eb"}"#, "label", nil, 20),
        ("{\"code\":\"x\",\"label\":\"a\u{2066}b\"}", "label", nil, 20),
        ("{\"code\":\"x\",\"label\":\"a\u{2028}b\"}", "label", nil, 20),
        ("{\"code\":\"x\",\"label\":\"\(String(repeating: "é", count: 257))\"}", "label", nil, 20),
        (#"{"code":"x",}"#, nil, nil, 12), (#"{"code":"x"} {}"#, nil, nil, 13), (#"{"code":"x"#, nil, nil, 10),
        ("", nil, nil, 0), ("   ", nil, nil, 3), (#"{"code":"x","items":[{"a":01}]}"#, nil, nil, 27),
        (#"{"code":"x","items":[{"a":NaN}]}"#, nil, nil, 26), (#"{'code':'x'}"#, nil, nil, 1),
    ]

    @Test(arguments: invalid)
    func invalidRequestsAreToldTheirPlace(text: String, field: String?, element: Int?, offset: Int?) {
        let problem = #expect(throws: ProblemDocument.self) { try self.parse(text) }
        #expect(problem?.status == .badRequest)
        #expect(problem?.field == field, "\(text)")
        #expect(problem?.element == element, "\(text)")
        #expect(problem?.offset == offset, "\(text): \(problem?.detail ?? "")")
    }

    @Test(arguments: ["not json", "nil", "tru", "-", #"{"code": nope}"#, #"{"code":"x","items": none}"#])
    func whatIsNoJSONIsNotTakenForALiteral(text: String) {
        let problem = #expect(throws: ProblemDocument.self) { try self.parse(text) }
        #expect(problem?.type == "malformed-json", "\(problem?.detail ?? "")")
        // The control: a real literal is JSON of the wrong kind.
        let null = #expect(throws: ProblemDocument.self) { try self.parse("null") }
        #expect(null?.detail == "The body is null, not an object.")
    }

    @Test func bytesThatAreNotUTF8AreFound() {
        let body = Array(#"{"code":"x"#.utf8) + [0xFF] + Array(#""}"#.utf8)
        let problem = #expect(throws: ProblemDocument.self) { try TaskRequestParser.parse(body, for: .run) }
        #expect(problem?.offset == 10)
        #expect(problem?.type == "malformed-json")
    }

    @Test func itemsMayBeAsDeepAsTheLimitAndNoDeeper() throws {
        func body(_ levels: Int) -> String {
            // Two levels are the array and the item.
            let inner = String(repeating: "[", count: levels - 2) + String(repeating: "]", count: levels - 2)
            return #"{"code":"x","items":[{"a":\#(inner)}]}"#
        }
        #expect(throws: Never.self) { try self.parse(body(TaskLimits.maximumNesting)) }
        let problem = #expect(throws: ProblemDocument.self) { try self.parse(body(TaskLimits.maximumNesting + 1)) }
        #expect(problem?.field == "items")
        let deep = #expect(throws: ProblemDocument.self) { try self.parse(body(10_000)) }
        #expect(deep?.detail == "items are nested deeper than 1000 levels.")
    }

    @Test func fiveMegabytesOfCodeAreRead() throws {
        let line = #"x = \"y\"  # a comment\n"#
        let submission = try self.parse(#"{"code":"\#(String(repeating: line, count: 240_000))"}"#)
        #expect(submission.task.code.count == 240_000 * #"x = "y"  # a commentN"#.utf8.count)
        #expect(submission.task.code.count > 5_000_000)
    }
}
