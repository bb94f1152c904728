import PythonRuntime
import Tasks
import Testing

/// n8n's dialect: results pass through, prints are console strings.
@Suite struct DialectTests {
    private static func task(
        _ code: String,
        items: String = "[]",
        mode: TaskMode = .allItems,
        continueOnFail: Bool = false,
        query: String? = nil
    ) -> PythonTask {
        PythonTask(
            code: ArraySlice(code.utf8),
            items: TaskItems(ArraySlice(items.utf8)),
            mode: mode,
            continueOnFail: continueOnFail,
            dialect: .n8n,
            query: query.map { ArraySlice($0.utf8) }
        )
    }

    @Test func resultsPassThrough() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let cases = [
                ("return None", "[]"), ("return 5", "5"), ("return {'a': 1}", #"{"a":1}"#), ("return 'x'", #""x""#),
                ("return [1, {'json': 2, 'other': float('nan')}]", #"[1,{"json":2,"other":null}]"#),
                ("return _items", #"[{"json":{"a":1}}]"#), ("", "[]"),
            ]
            for (code, expected) in cases {
                let answer = python.run(DialectTests.task(code, items: #"[{"json":{"a":1}}]"#))
                #expect(answer.items == expected, "\(code)")
            }
            let refused = python.run(DialectTests.task("return [{'a': b''}]"))
            #expect(refused.failure?.message.hasPrefix("items[0][\"a\"] is of type bytes") == true)
        }
    }

    @Test func eachItemFollowsTheStockRules() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let items = #"[{"json":{"n":1}},{"json":{"n":2}},{"json":{"n":3}}]"#
            let answer = python.run(
                DialectTests.task(
                    "n = _item['json']['n']\nif n == 2: return None\nif n == 1: return {'v': n}\n"
                        + "return {'json': {'v': n}, 'binary': {'b': {}}, 'pairedItem': 9, 'other': 1}",
                    items: items,
                    mode: .eachItem
                )
            )
            #expect(
                answer.items == #"[{"json":{"v":1},"pairedItem":{"item":0}},"#
                    + #"{"json":{"v":3},"binary":{"b":{}},"pairedItem":{"item":2}}]"#
            )
            for code in ["return 1 / (_item['json']['n'] - 2)", "import os"] {
                let failed = python.run(DialectTests.task(code, items: items, mode: .eachItem, continueOnFail: true))
                #expect(failed.items?.hasPrefix(#"[{"json":{"error":""#) == true, "\(code)")
                #expect(failed.items?.hasSuffix(#""}}]"#) == true, "\(code): \(failed.items ?? "-")")
            }
            let all = python.run(DialectTests.task("raise ValueError('x')", items: items, continueOnFail: true))
            #expect(all.items == #"[{"json":{"error":"ValueError: x"}}]"#)
        }
    }

    /// The control is the item with `json`, whose `binary` has a place of its own already.
    @Test func binaryMovesOutOfThePlainDictOfAnItem() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let cases = [
                ("{'a': 1, 'binary': {'b': {}}}", #"{"json":{"a":1},"binary":{"b":{}},"pairedItem":{"item":0}}"#),
                ("{'binary': {}}", #"{"json":{},"binary":{},"pairedItem":{"item":0}}"#),
                (
                    "{'json': {'a': 1}, 'binary': {'b': 2}}",
                    #"{"json":{"a":1},"binary":{"b":2},"pairedItem":{"item":0}}"#
                ),
                ("{'json': {'binary': 1}}", #"{"json":{"binary":1},"pairedItem":{"item":0}}"#),
            ]
            for (value, expected) in cases {
                let answer = python.run(DialectTests.task("return \(value)", items: "[{}]", mode: .eachItem))
                #expect(answer.items == "[\(expected)]", "\(value)")
            }
            let unchanged = python.run(
                DialectTests.task(
                    "d = {'a': 1, 'binary': {}}\nprint(len(d))\nreturn d",
                    items: "[{}]",
                    mode: .eachItem
                )
            )
            #expect(unchanged.console == [#"["2"]"#])
        }
    }

    @Test func aToolAnswersNull() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            #expect(python.run(DialectTests.task("return None", query: #""what?""#)).items == "null")
            #expect(python.run(DialectTests.task("pass", query: #"{"a":1}"#)).items == "null")
            // The control: every other task of n8n has the query `null`.
            #expect(python.run(DialectTests.task("return None", query: "null")).items == "[]")
        }
    }

    @Test func theDescriptionOfAnExceptionIsPassedOn() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let code = """
                class Odd(Exception):
                    description = %
                raise Odd('x')
                """
            for (value, expected) in [
                ("'see <b>the page</b>'", "see <b>the page</b>"), ("''", nil), ("7", nil),
                ("property(lambda self: 1 / 0)", nil), ("property(lambda self: self.args[0] * 3)", "xxx"),
            ] {
                let failure = python.run(DialectTests.task(code.replacing("%", with: value))).failure
                #expect(failure?.exceptionDescription == expected, "\(value)")
                #expect(failure?.message == "Odd: x")
            }
            // Other front ends do not show it.
            let native = python.run(code.replacing("%", with: "'text'"))
            #expect(native.failure?.exceptionDescription == nil && native.failure?.message == "Odd: x")
        }
    }

    @Test func queryIsThereOnlyWhenGiven() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            #expect(python.run(DialectTests.task("return _query['a']", query: #"{"a":[1]}"#)).items == "[1]")
            #expect(python.run(DialectTests.task("return _query")).failure?.type == "NameError")
        }
    }

    @Test func printsAreConsoleStrings() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let answer = python.run(
                DialectTests.task(
                    """
                    print("text", 1, 2.5, True, None, {"a": [1, "é"]}, (1, 2))
                    loop = []
                    loop.append(loop)
                    print(loop, {"s": {1}, "o": b"x"}, sep=None, end=None, flush=True)
                    print()
                    print("x" * 200000, "y" * 200000, "z" * 200000)
                    """
                )
            )
            #expect(answer.failure == nil, "\(answer.failure?.message ?? "")")
            #expect(answer.stdout.isEmpty)
            #expect(
                answer.console.prefix(3) == [
                    #"["'text'","1","2.5","True","None","{\"a\": [1, \"é\"]}","[1, 2]"]"#,
                    #"["[Circular list]","{\"s\": [1], \"o\": \"b'x'\"}"]"#, "[]",
                ]
            )
            #expect(answer.console.count == 4)
            #expect(answer.console.last?.hasSuffix(#"[cut]"]"#) == true)
            #expect((answer.console.last?.utf8.count ?? 0) <= 60_000)
        }
    }

    /// The control is the test above: the same values without `sep` and `end`.
    @Test func aPrintThatSaysHowIsOneStringAsPythonPrintsIt() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let cases = [
                (#""a", "b", sep="-""#, #"["a-b"]"#), (#""a", 1, {"k": "v"}, end="""#, #"["a 1 {'k': 'v'}"]"#),
                (#""50 %", end="\r""#, #"["50 %\r"]"#), (#""a", end="\n\n""#, #"["a\n"]"#),
                (#""a", end="\r\n""#, #"["a\r"]"#),
                (#""a", "b", sep="", end="!""#, #"["ab!"]"#), (#"sep="-""#, #"[""]"#), (#"end="""#, #"[""]"#),
                (#""a\"é", "b", sep="\t", flush=True"#, #"["a\"é\tb"]"#),
            ]
            for (call, expected) in cases {
                let answer = python.run(DialectTests.task("print(\(call))"))
                #expect(answer.failure == nil, "\(answer.failure?.message ?? "")")
                #expect(answer.console == [expected], "print(\(call))")
            }
            for text in ["'x' * 200000", "'\\x01' * 200000"] {
                let cut = try #require(python.run(DialectTests.task("print(\(text), sep='')")).console.first)
                #expect(cut.hasSuffix(#"[cut]"]"#) && cut.utf8.count <= 60_000)
            }
        }
    }
}
