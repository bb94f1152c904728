import PythonRuntime
import Tasks
import Testing

/// What the check of a whole text answers. The wording of refusals is tested in EscapeTests, which run the policy as a
/// worker does.
@Suite struct StaticCheckTests {
    @Test func everyKindOfRefusalIsFoundWhereItStands() async {
        await #expect(processExitsWith: .success) {
            let python = try PolicyInterpreter()
            let cases: [(code: String, rule: String, line: Int)] = [
                ("x = 1\nimport os", "import", 2), ("from xml.sax import xmlreader", "import", 1),
                ("from . import a", "import", 1), ("def f():\n    return [g.gi_frame for g in _items]", "attribute", 2),
                ("x = lambda: (\n  open)", "builtin", 2),
                ("match _items:\n    case str(__globals__=g): pass", "pattern", 2),
                ("__builtins__", "name", 1), ("class A:\n    def f(self): return self._B__x", "attribute", 2),
            ]
            for (code, rule, line) in cases {
                guard case .report(let report) = python.check(Array(code.utf8)) else {
                    Issue.record("\(code)")
                    continue
                }
                #expect(report.violations.map(\.rule) == [rule], "\(code)")
                #expect(report.violations.map(\.line) == [line], "\(code)")
            }
        }
    }

    /// The control of each is the test above: the same names where they are code.
    @Test func namesThatAreNotReadAreNoViolations() async {
        await #expect(processExitsWith: .success) {
            let python = try PolicyInterpreter()
            for code in [
                "# import os", "x = 'gi_frame'", "def f(open): return open", "x = {'__globals__': 1}",
                "class A:\n    def f(self): return self.__x", "import math, json", "open = 1\nreturn open",
            ] {
                guard case .report(let report) = python.check(Array(code.utf8)) else {
                    Issue.record("\(code)")
                    continue
                }
                #expect(report.violations.isEmpty, "\(code): \(report.violations)")
            }
        }
    }

    @Test(arguments: [100, 101]) func aHundredViolationsAreListedAndTheRestCounted(count: Int) async {
        await #expect(processExitsWith: .success) { [count] in
            let python = try PolicyInterpreter()
            let code = String(repeating: "open\n", count: count)
            guard case .report(let report) = python.check(Array(code.utf8)) else {
                Issue.record("no report")
                return
            }
            #expect(report.violations.count == 100)
            #expect(report.hints.contains { $0.message.contains("the first 100 of 101") } == (count == 101))
        }
    }
}
