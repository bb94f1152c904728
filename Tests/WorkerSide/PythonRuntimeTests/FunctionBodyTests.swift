import PythonRuntime
import Tasks
import Testing

/// Code runs as the body of a function, exactly as its author wrote it.
@Suite struct FunctionBodyTests {
    @Test func linesAndColumnsAreTheAuthors() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            // The fast way, and with a triple-quoted string the other one.
            for prefix in ["", "x = '''\n'''\n"] {
                let before = prefix.isEmpty ? 0 : 2
                let answer = python.run(prefix + "value = 1\n\nreturn {'a': (1 + missing)}")
                #expect(answer.failure?.kind == .pythonError)
                #expect(answer.failure?.type == "NameError")
                #expect(answer.failure?.line == before + 3)
                #expect(answer.failure?.column == 19)
                #expect(answer.failure?.sourceLine == "return {'a': (1 + missing)}")
            }
        }
    }

    @Test func columnsCountCodePoints() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let answer = python.run("x = 'äöü🎉' + missing")
            #expect(answer.failure?.column == 14)
            #expect(answer.failure?.traceback?.contains("    x = 'äöü🎉' + missing\n                 ^^^^^^^\n") == true)
        }
    }

    @Test func textInLiteralsIsByteExact() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let separators = "\u{2028}\u{0B}\u{1C}\u{85}"
            for quote in ["'", "'''"] {
                let answer = python.run("return {'v': [hex(ord(c)) for c in \(quote)a\(separators)b\(quote)]}")
                #expect(answer.items == #"[{"json":{"v":["0x61","0x2028","0xb","0x1c","0x85","0x62"]}}]"#)
            }
            let multiline = python.run("def f():\n    return '''one\n  two\n\n    three'''\nreturn {'v': f()}")
            #expect(multiline.items == #"[{"json":{"v":"one\n  two\n\n    three"}}]"#)
            let continued = python.run("return {'v': 'one\\\n  two'}")
            #expect(continued.items == #"[{"json":{"v":"one  two"}}]"#)
        }
    }

    @Test(arguments: [
        "\u{FEFF}return {'v': 1}", "return {'v': 1}\r\n", "x = 1\rreturn {'v': x}", "    x = 1\n    return {'v': x}",
        "\tx = 1\n\treturn {'v': x}", "  # indented\n  x = '''\n'''\n  return {'v': 1}",
        "# -*- coding: latin-1 -*-\nreturn {'v': len('é')}", "if True:\n\treturn {'v': 1}", "return {'v': 1};",
        "from __future__ import annotations\nreturn {'v': 1}", "\u{0C}\nreturn {'v': 1}",
        "'doc'\nfrom __future__ import annotations\ndef f(x: nothing): return 1\nreturn {'v': f(0)}",
    ]) func pastedTextRuns(code: String) async {
        await #expect(processExitsWith: .success) { [code] in
            let python = try Harness()
            #expect(python.run(code).items == #"[{"json":{"v":1}}]"#)
        }
    }

    @Test func emptyBodiesAnswerNothing() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            for code in ["", "\n", "# only a comment", "   # indented\n", "pass", "    \n\t\n", "\u{FEFF}"] {
                let answer = python.run(code, items: "[{\"json\":{}}]")
                #expect(answer.items == "[]", "\(code.debugDescription)")
            }
        }
    }

    @Test func globalsWorkAsInAModule() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let counter = python.run(
                """
                n: int = 0
                if True:
                    m: int
                def inc():
                    global n, m
                    n += 1
                    m = n
                inc(); inc()
                return {"n": n, "m": m}
                """
            )
            #expect(counter.items == #"[{"json":{"n":2,"m":2}}]"#)
            let rebound = python.run(
                "def f():\n    global _items\n    _items = [{'a': 1}]\nf()\nreturn _items",
                items: "[]"
            )
            #expect(rebound.items == #"[{"json":{"a":1}}]"#)
            let name = python.run("_items = 3\nif __name__ == '__main__':\n    return {'v': _items}")
            #expect(name.items == #"[{"json":{"v":3}}]"#)
        }
    }

    @Test func namesShowNoTraceOfTheWrapper() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            for prefix in ["", "x = '''\n'''\n"] {
                let answer = python.run(
                    prefix
                        + """
                        class A:
                            class B: pass
                            def m(self): return (lambda: 0).__qualname__
                        def f(): pass
                        return {"a": repr(A), "b": A.B.__qualname__, "f": f.__qualname__, "m": A().m()}
                        """
                )
                #expect(
                    answer.items
                        == #"[{"json":{"a":"<class '__main__.A'>","b":"A.B","f":"f","m":"A.m.<locals>.<lambda>"}}]"#
                )
            }
        }
    }

    @Test func warningsNameTheAuthorsLine() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let answer = python.run("x = 1\nif x is 1: pass\nreturn None")
            #expect(answer.items == "[]")
            #expect(answer.stderr.contains("<task>:2: SyntaxWarning"))
            // Indented throughout: each once.
            let indented = python.run("  x = 1\n  if x is 1: pass\n  return []")
            #expect(indented.items == "[]", "\(indented)")
            #expect(indented.stderr.contains("<task>:2: SyntaxWarning"), "\(indented.stderr)")
            #expect(indented.stderr.ranges(of: "<task>:").count == 1, "\(indented.stderr)")
        }
    }
}

/// What cannot be compiled is a `syntax_error` where the author can see it.
@Suite struct SyntaxErrorTests {
    struct Expectation: Codable, Sendable {
        var code: String
        var line: Int?
        var column: Int?
        var message: String
    }

    @Test func errorsHaveLineColumnAndSource() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let expectations = [
                Expectation(code: "x = 1\ny = (1,\n", line: 2, column: 5, message: "SyntaxError: '(' was never closed"),
                Expectation(code: "x = 1\n  y = 2", line: 2, column: 3, message: "IndentationError: unexpected indent"),
                Expectation(
                    code: "    x = 1\n    if x:\n    y = 2",
                    line: 3,
                    column: 5,
                    message: "IndentationError: expected an indented block after 'if' statement on line 2"
                ),
                Expectation(
                    code: "    x = 1\n  y = 2",
                    line: 2,
                    column: 3,
                    message: "IndentationError: unindent does not match"
                ),
                Expectation(
                    code: "x = '''\nabc",
                    line: 1,
                    column: 5,
                    message: "SyntaxError: unterminated triple-quoted string literal (detected at line 2)"
                ),
                Expectation(
                    code: "def f():\nreturn 1",
                    line: 2,
                    column: 1,
                    message: "IndentationError: expected an indented block after function definition on line 1"
                ),
                Expectation(
                    code: "x = 1\nawait x",
                    line: 2,
                    column: 1,
                    message: "SyntaxError: 'await' outside async function"
                ),
                Expectation(
                    code: "x = 1\nyield x",
                    line: 2,
                    column: 1,
                    message: "SyntaxError: 'yield' outside function"
                ),
                Expectation(
                    code: "x = '''\n'''\nyield from x",
                    line: 3,
                    column: 1,
                    message: "SyntaxError: 'yield' outside function"
                ),
                Expectation(
                    code: "def f():\n from math import *",
                    line: 2,
                    column: nil,
                    message: "SyntaxError: import * only allowed at module level"
                ),
                Expectation(
                    code: "x = 1\ny = 'a\u{0}b'",
                    line: 2,
                    column: 7,
                    message: "SyntaxError: source code cannot contain null bytes"
                ),
                Expectation(code: "é = 1\né é", line: 2, column: 3, message: "SyntaxError: invalid syntax"),
                Expectation(code: "x = 1\n\\", line: 2, column: nil, message: "SyntaxError: unexpected EOF"),
                Expectation(code: "if 1:\n\tx = 1\n        y = 2", line: 3, column: nil, message: "TabError"),
                Expectation(code: "_items = 1\nglobal _items", line: 2, column: nil, message: "SyntaxError"),
                Expectation(code: "x = \u{FF5E}", line: 1, column: nil, message: "SyntaxError: invalid character"),
            ]
            for expected in expectations {
                let failure = python.run(expected.code).failure
                #expect(failure?.kind == .syntaxError, "\(expected.code.debugDescription)")
                #expect(
                    failure?.message.hasPrefix(expected.message) == true,
                    "\(expected.code.debugDescription): \(failure?.message ?? "-")"
                )
                if let line = expected.line { #expect(failure?.line == line, "\(expected.code.debugDescription)") }
                if let column = expected.column {
                    #expect(failure?.column == column, "\(expected.code.debugDescription)")
                }
                #expect(failure?.sourceLine != nil, "\(expected.code.debugDescription)")
            }
        }
    }

    @Test func loneSurrogatesNameTheirLine() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let code = Array("x = 1\ny = '".utf8) + [0xED, 0xA0, 0x80] + Array("'".utf8)
            let failure = python.run(PythonTask(code: code[...])).failure
            #expect(failure?.kind == .syntaxError)
            #expect(failure?.line == 2)
            #expect(failure?.column == 6)
            #expect(failure?.message.contains("U+D800") == true)
            let broken = python.run(PythonTask(code: [0x78, 0xFF])).failure
            #expect(broken?.message.contains("not valid UTF-8") == true)
        }
    }

    @Test func deepNestingIsASyntaxError() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let deep: [String] = [
                "x = " + String(repeating: "(", count: 50_000) + "1" + String(repeating: ")", count: 50_000),
                "x = " + String(repeating: "-", count: 100_000) + "1",
                "x = " + Array(repeating: "1", count: 50_000).joined(separator: "+"),
                "x = a" + String(repeating: ".b", count: 50_000),
                "x = " + String(repeating: "[", count: 150) + String(repeating: "]", count: 150) + " + '''" + "'''"
                    + String(repeating: "not ", count: 9000) + "1",
                (0..<120).map { String(repeating: " ", count: $0) + "if 1:\n" }.joined()
                    + String(repeating: " ", count: 120) + "pass",
            ]
            for code in deep {
                #expect(python.run(code).failure?.kind == .syntaxError, "\(code.prefix(20))")
            }
            // The interpreter is whole afterwards.
            #expect(python.value("1 + 1") == "2")
        }
    }

    @Test func fiveMegabytesOfCodeRun() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let literal = python.run("x = '" + String(repeating: "a", count: 5_000_000) + "'\nreturn {'v': len(x)}")
            #expect(literal.items == #"[{"json":{"v":5000000}}]"#)
            let lines = python.run(String(repeating: "x = 1\n", count: 200_000) + "return {'v': missing}")
            #expect(lines.failure?.line == 200_001)
        }
    }
}
