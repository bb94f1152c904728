import PythonRuntime
import Tasks
import Testing

/// Items arrive as plain dicts and lists, exact to the digit.
@Suite struct ItemsInTests {
    @Test func valuesArriveExactly() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let big = String(repeating: "1234567890", count: 600)
            let numbers = [
                "0", "-0", "-1", "123456789012345678", "1234567890123456789", "-9223372036854775808", big, "-" + big,
            ]
            for number in numbers {
                let answer = python.run("return _items", items: "[{\"json\":{\"n\":\(number)}}]")
                let written = number == "-0" ? "0" : number
                #expect(answer.items == "[{\"json\":{\"n\":\(written)},\"pairedItem\":{\"item\":0}}]")
            }
            let floats = [
                ("1.5", "1.5"), ("0.1", "0.1"), ("1e3", "1000.0"), ("-0.0", "-0.0"), ("1E-7", "1e-07"),
                ("5e-324", "5e-324"), ("1.7976931348623157e308", "1.7976931348623157e+308"),
                ("0.30000000000000004", "0.30000000000000004"), ("123456789012345.678", "123456789012345.67"),
                ("1e22", "1e+22"), ("1e23", "1e+23"), ("9007199254740993.0", "9007199254740992.0"),
                ("2.2250738585072011e-308", "2.225073858507201e-308"), ("1e16", "1e+16"), ("0.0001", "0.0001"),
                ("0.00001", "1e-05"), ("1e999", "null"), ("1e-999", "0.0"), ("100000000000000000000.0", "1e+20"),
            ]
            for (text, written) in floats {
                let answer = python.run(
                    "x = _items[0]['json']['n']\nreturn {'v': x, 'same': repr(x) == repr(float('\(text)')), 't': type(x).__name__}",
                    items: "[{\"json\":{\"n\":\(text)}}]"
                )
                #expect(
                    answer.items
                        == "[{\"json\":{\"v\":\(written),\"same\":true,\"t\":\"float\"},\"pairedItem\":{\"item\":0}}]"
                )
            }
        }
    }

    @Test func textArrivesExactly() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let cases = [
                (#""plain""#, "['plain']"), (#""""#, "['']"), (#""a""#, "['a']"),
                (#""é€🎉""#, #"['\xe9\u20ac\U0001f389']"#),
                (#""\u00e9\ud83c\udf89""#, #"['\xe9\U0001f389']"#), (#""\ud800""#, #"['\ud800']"#),
                (#""\ud800x\udc00""#, #"['\ud800x\udc00']"#), (#""\ud800\ud800\udc00""#, #"['\ud800\U00010000']"#),
                (#""\"\\\/\b\f\n\r\t""#, #"['"\\/\x08\x0c\n\r\t']"#), (#""\u0000""#, #"['\x00']"#),
                (#""1234567\n""#, #"['1234567\n']"#), (#""12345678\n90""#, #"['12345678\n90']"#),
            ]
            for (text, expected) in cases {
                let answer = python.run(
                    "print(ascii([_items[0]['json']['k']]), end='')\nprint([*_items[0]['json']][-1] == _items[0]['json']['k'], end='')\nreturn None",
                    items: "[{\"json\":{\"k\":\(text),\(text):1}}]"
                )
                #expect(answer.stdout == "\(expected)True", "\(text)")
            }
        }
    }

    @Test func stringsOfEveryLengthArriveExactlyWhateverStandsWhereInThem() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            // Words of eight bytes are looked at at once: the interesting places are all of those in and around two words.
            var members: [String] = []
            for length in 0...40 {
                let plain = (0..<length).map { String(UnicodeScalar(UInt8(97 + ($0 + length) % 26))) }
                members.append(plain.joined())
                for place in 0..<length {
                    for special in [#"\""#, #"\\"#, #"\n"#, #"\u0041"#, "\u{7F}", "é", "🎉"] {
                        members.append((plain[..<place] + [special] + plain[(place + 1)...]).joined())
                    }
                }
            }
            // Each stands where nothing follows it for long, and as a key twice: once unknown and once known.
            let object = members.enumerated().map { "\"\($1)\":[\($0),\"\($1)\"]" }.joined(separator: ",")
            let items = "[{\(object)},{\(object)}]"
            let answer = python.run(
                """
                import json
                def check(_items):
                    first, second = (item["json"] for item in _items)
                    keys = list(first)
                    same = all(value[1] == key for key, value in first.items()) and first == second
                    return same, len(keys), json.dumps(first, ensure_ascii=False, separators=(",", ":"))
                same, count, text = check(_items)
                print(text, end="")
                return {"same": same, "count": count, "text": _items[0]["json"]}
                """,
                items: items
            )
            #expect(answer.failure == nil, "\(answer.failure?.message ?? "")")
            // What was written with an escape that is not needed has the same key as what was written without.
            let distinct = Set(members.map { $0.replacing(#"\u0041"#, with: "A") }).count
            #expect(
                answer.items
                    == "[{\"json\":{\"same\":true,\"count\":\(distinct),\"text\":\(answer.stdout)}}]"
            )
        }
    }

    @Test func objectsOfAnySizeFollowEachOther() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let sizes = [0, 1, 5, 6, 7, 40, 0, 3, 11, 200, 2, 33, 6]
            let objects = sizes.map { size in
                "{" + (0..<size).map { "\"key \($0)\":{\"n\":\($0)}" }.joined(separator: ",") + "}"
            }
            let answer = python.run(
                "return {'sizes': [sum(v == {'n': int(k[4:])} for k, v in i['json'].items()) for i in _items]}",
                items: "[" + objects.joined(separator: ",") + "]"
            )
            let written = sizes.map { "\($0)" }.joined(separator: ",")
            #expect(answer.items == "[{\"json\":{\"sizes\":[\(written)]}}]")
        }
    }

    @Test func elementsWithoutJSONBecomeTheJSONOfAnItem() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let answer = python.run(
                "print(_items)\nreturn None",
                items: #" [ {"a": [true, false, null, {}, []]} , {"json": {"b": 1}, "binary": {}} ] "#
            )
            #expect(
                answer.stdout
                    == "[{'json': {'a': [True, False, None, {}, []]}}, {'json': {'b': 1}, 'binary': {}}]\n"
            )
        }
    }

    @Test func whatTheBrokerWouldNeverSendIsRefusedSafely() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let bad = [
                "", "[", "[{]", "[{}", "[{},]", "{}", "[1]", "[{\"a\"}]", "[{\"a\":}]", "[{\"a\":1,}]", "[{\"a\":01}]",
                "[{\"a\":1.}]", "[{\"a\":-}]", "[{\"a\":1e}]", "[{\"a\":tru}]", "[{\"a\":\"}]", "[{\"a\":\"\\u12\"}]",
                "[{\"a\":\"\\q\"}]", "[{}] x", "[{\"a\":\"\n\"}]", "[{\"a\":NaN}]", "nul", "\"abc\"",
                "[{\"a\":" + String(repeating: "[", count: 100_000) + "1",
            ]
            for text in bad {
                let answer = python.run("return None", items: text)
                #expect(
                    answer.failure?.message.hasPrefix("ValueError: the items are not a JSON") == true,
                    "\(text.prefix(30))"
                )
            }
            let invalid = python.run(
                PythonTask(
                    code: ArraySlice("return None".utf8),
                    items: TaskItems([0x5B, 0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D, 0x5D])
                )
            )
            #expect(invalid.failure != nil)
            #expect(python.value("1") == "1")
        }
    }

    @Test func authorsKeepPythonsOwnLimitOnDigits() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let answer = python.run("return {'v': len(str(10 ** 5000))}")
            #expect(answer.failure?.type == "ValueError")
            #expect(python.value("10 ** 5000") == "1" + String(repeating: "0", count: 5000))
        }
    }
}
