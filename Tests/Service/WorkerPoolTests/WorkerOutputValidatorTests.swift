import Testing

@testable import WorkerPool

@Suite struct WorkerOutputValidatorTests {
    private static func problem(_ kind: WorkerOutputValidator.Kind, _ text: String) -> String? {
        WorkerOutputValidator.problem(kind, Array(text.utf8)[...])
    }

    @Test(arguments: ["[]", #"["a"]"#, #"["a", "\u0000\ud83d", "ü"]"#]) func aPrintIsAListOfStrings(_ text: String) {
        #expect(Self.problem(.console, text) == nil)
    }

    @Test(arguments: [
        "", "[", "{}", "null", #""a""#, "[1]", "[null]", #"["a",[]]"#, #"["a"],"b":"c""#, "[\"a\"]\n", "[\n\"a\"]",
        "[\"a\nb\"]",
        #"["a"]["b"]"#, #"["a",]"#, #"["\x"]"#,
    ]) func nothingElseIsAPrint(_ text: String) {
        #expect(Self.problem(.console, text) != nil)
    }

    @Test func aResultIsOneValueOnOneLine() {
        for text in ["[]", "7", #"{"a": [1, null]}"#, #""a""#] {
            #expect(Self.problem(.anyValue, text) == nil)
        }
        for text in ["", "[] []", "[]}", "{\n}", "nan", #"{"a":1},"b":2"#] {
            #expect(Self.problem(.anyValue, text) != nil)
        }
        #expect(Self.problem(.items, #"[{"json":{}}]"#) == nil)
        #expect(Self.problem(.items, "[7]") != nil)
    }
}
