import Tasks
import Testing

@testable import Broker

@Suite struct TaskRequestParserTests {
    private func parse(_ text: String, for purpose: TaskPurpose = .run) throws(Problem) -> TaskRequest {
        try TaskRequestParser.parse(Array(text.utf8), for: purpose)
    }

    @Test func codeAloneIsEnough() throws {
        let request = try self.parse(#"{"code":"return []"}"#)
        #expect(String(decoding: request.code, as: UTF8.self) == "return []")
        #expect(String(decoding: request.items, as: UTF8.self) == "[]")
        #expect(request.mode == .allItems)
        #expect(!request.continueOnFail)
        #expect(request.timeout == nil)
        #expect(request.label == nil)
    }

    @Test func everyFieldIsRead() throws {
        let request = try self.parse(
            #" {"label":"näme","timeout_ms":1500,"continue_on_fail":true,"mode":"each_item", "#
                + #""items": [ {"json":{"a":[1,{"b":null}]}} , {"x":"]"} ] ,"code":"a = 1\n\treturn \"é\"\ud800"} "#
        )
        #expect(Array(request.code) == Array("a = 1\n\treturn \"é\"".utf8) + [0xED, 0xA0, 0x80])
        #expect(String(decoding: request.items, as: UTF8.self) == #"[ {"json":{"a":[1,{"b":null}]}} , {"x":"]"} ]"#)
        #expect(request.mode == .eachItem)
        #expect(request.continueOnFail)
        #expect(request.timeout == .milliseconds(1500))
        #expect(request.label == "näme")
        #expect(try self.parse(#"{"code":"x","continue_on_fail":false}"#).continueOnFail == false)
    }

    @Test func itemsAreASliceOfTheBody() throws {
        let body = Array(#"{"code":"x","items":[{"a":1}]}"#.utf8)
        let request = try TaskRequestParser.parse(body, for: .run)
        #expect(request.items.startIndex == 20)
        let addresses = body.withUnsafeBufferPointer { whole in
            request.items.withUnsafeBufferPointer { items in (whole.baseAddress.map { $0 + 20 }, items.baseAddress) }
        }
        #expect(addresses.0 == addresses.1)
    }

    @Test func aCheckCarriesNoItemsButHoldsThemToTheRules() throws {
        #expect(try self.parse(#"{"code":"x","items":[{"a":1}]}"#, for: .check).items == [0x5B, 0x5D])
        #expect(throws: Problem.self) { try self.parse(#"{"code":"x","items":[1]}"#, for: .check) }
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
        (#"{"code":"x","timeout_ms":99999999999999999999}"#, "timeout_ms", nil, 25),
        (#"{"code":"x","timeout_ms":"5"}"#, "timeout_ms", nil, 25),
        (#"{"code":"x","label":5}"#, "label", nil, 20), (#"{"code":"x","label":"\ud800"}"#, "label", nil, 20),
        (#"{"code":"x","label":"a\nb"}"#, "label", nil, 20),
        ("{\"code\":\"x\",\"label\":\"\(String(repeating: "é", count: 129))\"}", "label", nil, 20),
        (#"{"code":"x",}"#, nil, nil, 12), (#"{"code":"x"} {}"#, nil, nil, 13), (#"{"code":"x"#, nil, nil, 10),
        ("", nil, nil, 0), ("   ", nil, nil, 3), (#"{"code":"x","items":[{"a":01}]}"#, nil, nil, 27),
        (#"{"code":"x","items":[{"a":NaN}]}"#, nil, nil, 26), (#"{'code':'x'}"#, nil, nil, 1),
    ]

    @Test(arguments: invalid)
    func invalidRequestsAreToldTheirPlace(text: String, field: String?, element: Int?, offset: Int?) {
        let problem = #expect(throws: Problem.self) { try self.parse(text) }
        #expect(problem?.status == .badRequest)
        #expect(problem?.field == field, "\(text)")
        #expect(problem?.element == element, "\(text)")
        #expect(problem?.offset == offset, "\(text): \(problem?.detail ?? "")")
    }

    @Test func bytesThatAreNotUTF8AreFound() {
        let body = Array(#"{"code":"x"#.utf8) + [0xFF] + Array(#""}"#.utf8)
        let problem = #expect(throws: Problem.self) { try TaskRequestParser.parse(body, for: .run) }
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
        let problem = #expect(throws: Problem.self) { try self.parse(body(TaskLimits.maximumNesting + 1)) }
        #expect(problem?.field == "items")
        let deep = #expect(throws: Problem.self) { try self.parse(body(10_000)) }
        #expect(deep?.detail == "items are nested deeper than 256 levels.")
    }

    @Test func fiveMegabytesOfCodeAreRead() throws {
        let line = #"x = \"y\"  # a comment\n"#
        let request = try self.parse(#"{"code":"\#(String(repeating: line, count: 240_000))"}"#)
        #expect(request.code.count == 240_000 * #"x = "y"  # a commentN"#.utf8.count)
        #expect(request.code.count > 5_000_000)
    }
}
