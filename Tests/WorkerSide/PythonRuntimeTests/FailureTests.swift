import PythonRuntime
import Tasks
import Testing

/// A task that fails says what happened, where, and what to do.
@Suite struct FailureTests {
    @Test func tracebacksShowTheAuthorsFrames() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let answer = python.run(
                """
                import json
                def parse(text):
                    return json.loads(text)

                try:
                    parse("{")
                except ValueError as error:
                    raise KeyError("name") from error
                """
            )
            let failure = answer.failure
            #expect(failure?.kind == .pythonError)
            #expect(failure?.type == "KeyError")
            #expect(failure?.message == "KeyError: 'name'")
            #expect(failure?.line == 8)
            #expect(failure?.column == 5)
            #expect(
                failure?.traceback == """
                    Traceback (most recent call last):
                      File "<task>", line 6, in <module>
                        parse("{")
                      File "<task>", line 3, in parse
                        return json.loads(text)
                               ^^^^^^^^^^^^^^^^
                    json.decoder.JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)

                    The above exception was the direct cause of the following exception:

                    Traceback (most recent call last):
                      File "<task>", line 8, in <module>
                        raise KeyError("name") from error
                    KeyError: 'name'

                    """
            )
        }
    }

    @Test func everyWayToEndBadlyIsNamed() async {
        await #expect(processExitsWith: .success) {
            let policy = TaskPolicy(standardLibraryAllow: ["@safe", "sys"], externalAllow: [], builtinsDeny: [])
            let python = try Harness(policy: policy)
            let cases: [(code: String, kind: FailureKind, message: String)] = [
                ("raise SystemExit(0)", .pythonError, "SystemExit: the code ended itself with exit(0)"),
                ("import sys\nsys.exit('bye')", .pythonError, "SystemExit: the code ended itself with exit(bye)"),
                ("raise SystemExit", .pythonError, "SystemExit: the code ended itself"),
                ("raise KeyboardInterrupt", .pythonError, "KeyboardInterrupt: raised by the code itself"),
                ("raise GeneratorExit", .pythonError, "GeneratorExit"),
                ("raise BaseException('x')", .pythonError, "BaseException: x"),
                ("x = 'a' * (1 << 60)", .memoryExceeded, "MemoryError: the task ran out of memory"),
                ("def f(): f()\nf()", .pythonError, "RecursionError: maximum recursion depth exceeded"),
                (
                    "class E(Exception):\n    def __str__(self): raise ValueError\nraise E", .pythonError,
                    "E: <exception str() failed>"
                ),
                (
                    "class E(Exception):\n    def __str__(self): return 5\nraise E", .pythonError,
                    "E: <exception str() failed>"
                ),
                (
                    "raise ExceptionGroup('several', [ValueError('a'), KeyError('b')])", .pythonError,
                    "ExceptionGroup: several (2 sub-exceptions)"
                ),
                ("assert 1 == 2, 'no'", .pythonError, "AssertionError: no"),
                ("{}['missing key']", .pythonError, "KeyError: 'missing key'"),
                ("[][5]", .pythonError, "IndexError: list index out of range"),
                ("raise ValueError('\\ud800')", .pythonError, "ValueError: \\ud800"),
            ]
            for (code, kind, message) in cases {
                let failure = python.run(code).failure
                #expect(failure?.kind == kind, "\(code)")
                #expect(failure?.message.hasPrefix(message) == true, "\(code): \(failure?.message ?? "-")")
                #expect(failure?.traceback?.contains("<task>") == true, "\(code)")
                #expect(python.value("1") == "1", "after \(code)")
            }
        }
    }

    @Test func shadowedBuiltinsAreExplained() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let failure = python.run("list = list(range(3))").failure
            #expect(failure?.type == "UnboundLocalError")
            #expect(failure?.hint?.contains("the built-in 'list'") == true)
            #expect(python.run("x = x + 1").failure?.hint == nil)
        }
    }

    /// The last cases are controls: where the cause is not known, there is no hint.
    @Test func hintsSayWhatToWriteInstead() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let cases: [(code: String, hint: String?)] = [
                (#"return _items[0]["name"]"#, #"write _items[0]["json"]["name"]"#),
                (#"return [i["name"] for i in _items]"#, #"write i["json"]["name"]"#),
                (#"for item in _items: item["nmae"]"#, #"write item["json"]["name"]"#),
                (#"return _items[-1]["city"]"#, #"under its key "json": _items[-1]["json"] has "name", "size""#),
                (#"return _items["json"]"#, #"write _items[0]["json"]"#),
                ("x = {'total': 1}\nreturn x['totl']", #"did you mean "total"?"#),
                ("x = {'a': [{'total': 1}]}\ni = 0\nreturn x['a'][i]['Total']", #"did you mean "total"?"#),
                ("x = {'total': 1}\nreturn x['city']", #"x has "total"; .get("city")"#),
                ("return json.dumps(1)", "an import is missing: `import json`"),
                ("return Decimal(1)", "`from decimal import Decimal`"),
                ("return os.getcwd()", "`import os` is missing, and is not allowed: "),
                ("return pd.DataFrame()", "`import pandas as pd` is missing, and is not allowed: "),
                ("total = 1\nreturn totl", "did you mean 'total'?"), ("return lenn(1)", "did you mean 'len'?"),
                ("import math\nreturn math.sqr(2)", "did you mean 'sqrt'?"),
                ("return 'a'.uper()", "did you mean 'upper'?"),
                ("import datetime\nreturn datetime.now()", "write datetime.datetime.now"),
                ("from datetime import datetime\ndatetime.timedelta(1)", "from datetime import timedelta"),
                ("import re\nreturn re.match('a', 'b').group()", "the value is None"),
                ("return event['x']", "use _items"), ("return input_data", "use _items"),
                ("return steps", "use _items"),
                ("return $json.x", "n8n's expressions"), ("const x = 1", "JavaScript"),
                ("return something", nil), ("return {'a': 1}['b']", nil), ("x = {1: 2}\nreturn x['b']", nil),
                ("x = 1 +", nil), ("raise KeyError('name')", nil), ("return [][3]", nil),
            ]
            let items = #"[{"json":{"name":"Ann","size":1}},{"json":{"name":"Bo","size":2}}]"#
            for (code, hint) in cases {
                let failure = python.run(code, items: items).failure
                let given = failure?.hint
                #expect(failure != nil)
                #expect(hint.map { given?.contains($0) == true } ?? (given == nil), "\(code): \(given ?? "-")")
            }
        }
    }

    /// A key with code of its own is compared by it, and whatever that does stays out of the hint.
    @Test func hintsSurviveHostileKeys() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let failure = python.run(
                """
                class Key:
                    def __hash__(self): return hash("zz")
                    def __eq__(self, other): raise SystemExit(3)
                x = {}
                x[Key()] = 1
                raised = KeyError("zz")
                def get(): x["zz"]
                try: get()
                except SystemExit: raise raised
                """
            ).failure
            #expect(failure?.type == "KeyError", "\(failure?.message ?? "-")")
            #expect(python.value("1") == "1")
        }
    }

    @Test func hostileExceptionsStayBounded() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let cases = [
                "raise ValueError('x' * (64 << 20))",
                "e = None\nfor i in range(20000):\n    n = ValueError(i)\n    n.__cause__ = e\n    e = n\nraise e",
                "e = ValueError(1)\nf = KeyError(2)\ne.__cause__ = f\nf.__cause__ = e\nraise e",
                "def f(n):\n    if n == 0: raise ValueError('x' * 10000)\n    f(n - 1)\nf(900)",
                "class E(Exception):\n    def __str__(self): return 'y' * 100000\nraise ExceptionGroup('g', [E() for _ in range(1000)])",
                "class M(type):\n    def __getattribute__(cls, n): raise ValueError(n)\nclass E(Exception, metaclass=M): pass\nraise E('x')",
                "e = ValueError('noted')\nfor i in range(1000): e.add_note('n' * 10000)\nraise e",
                "x = ValueError()\nfor i in range(5000): x = ExceptionGroup('g', [x])\nraise x",
            ]
            for code in cases {
                let failure = python.run(code).failure
                #expect(failure?.kind == .pythonError, "\(code): \(failure?.message ?? "-")")
                #expect((failure?.message.utf8.count ?? 0) < 20_000, "\(code)")
                #expect((failure?.traceback?.utf8.count ?? 0) < 70_000, "\(code)")
                #expect(failure?.line != nil, "\(code)")
            }
            #expect(python.value("1") == "1")
        }
    }

    @Test func checkingRunsNothing() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let fine = python.run(PythonTask(purpose: .check, code: ArraySlice("print('ran')\nreturn None".utf8)))
            #expect(fine.report == CheckReport())
            #expect(fine.stdout.isEmpty)
            let refused = python.run(PythonTask(purpose: .check, code: ArraySlice("x = 1\nimport os".utf8)))
            #expect(refused.report?.violations.first?.line == 2)
            #expect(refused.report?.violations.first?.column == 1)
            let broken = python.run(PythonTask(purpose: .check, code: ArraySlice("x = (".utf8)))
            #expect(broken.failure?.kind == .syntaxError)
        }
    }

    @Test func rehearsalLeavesNothingBehind() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            for _ in 0..<3 { python.rehearse() }
            let answer = python.run("print(_items)\nreturn {'n': __name__}")
            #expect(answer.stdout == "[]\n")
            #expect(answer.items == #"[{"json":{"n":"__main__"}}]"#)
        }
    }
}
