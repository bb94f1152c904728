import TestSupport
import Testing

/// What the static check refuses in a program does not depend on the permitted code in front of it, however much of it
/// there is and however much of it looks like what is refused.
@Suite struct PrefixTests {
    /// A made-up piece of code that is permitted. It shares no name with what ``ProgramGrammar`` refuses.
    private static func prefix(_ generator: inout SeededGenerator) -> String {
        var lines: [String] = []
        for number in 0..<generator.pick([1, 2, 5]) {
            let count = generator.pick([1, 3, 99, 100, 101, 250])
            switch generator.next() % 5 {
            case 0:
                // Private names of a class of the code's own, inside it and outside.
                lines += ["class Own\(number):", "    def method(self):"]
                lines += (0..<count).map { "        self.__p\($0 % 7) = \($0)" }
                lines += (0..<count).map { "Own\(number)._Own\(number)__p\($0 % 7) = 1" }
            case 1:
                // Denied built-ins that the code binds itself, before and after it uses them.
                let name = generator.pick(["license", "credits", "quit", "help"])
                lines += (0..<count).map { _ in "lambda: \(name)" }
                lines += ["def bind\(number)():", "    global \(name)", "    \(name) = 1"]
            case 2: lines += (0..<count).map { "value\($0) = {'__globals__': \($0), 'eval': '__code__'}" }
            case 3: lines += (0..<count).map { "def function\($0)(open=1, *, eval=2): return [open.__class__, eval]" }
            default:
                lines += (0..<count).map {
                    "from collections import Counter as C\($0), OrderedDict as _Name__\($0)_; C\($0).most_common"
                }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Refused constructs of every rule that a program's own code cannot lift.
    private static let refused = [
        "f.__globals__", "print._Printer__setup", "import os", "from . import x", "open('x')", "eval('1')",
        "match f:\n    case object(__globals__=g): pass", "(x for x in ()).gi_frame", "__builtins__", "f.__code__ = 1",
        "def inner():\n    return lambda: f.__closure__",
    ]

    /// Violations without their lines, which a prefix moves by as many as it has.
    private static func violations(_ outcome: PolicyCaseOutcome, movedBy shift: Int) -> [String] {
        outcome.message.split(separator: "\n").map { violation in
            let parts = violation.split(separator: ":", maxSplits: 1)
            return "\((Int(parts[0]) ?? 0) - shift):\(parts[1])"
        }
    }

    @Test func whatIsRefusedDoesNotDependOnPermittedCodeInFrontOfIt() async throws {
        var generator = SeededGenerator(seed: 1)
        var jobs: [PolicyCase] = []
        var prefixes: [String] = []
        let check = ["mode": "check"]
        for seed in 0..<120 {
            var grammar = ProgramGrammar(seed: UInt64(seed))
            let body = grammar.program().replacing("\nreturn ", with: "\n\(generator.pick(Self.refused))\nreturn ")
            prefixes.append(Self.prefix(&generator))
            jobs.append(PolicyCase(name: "alone\(seed)", settings: check, code: body))
            jobs.append(PolicyCase(name: "prefix\(seed)", settings: check, code: prefixes[seed]))
            jobs.append(PolicyCase(name: "both\(seed)", settings: check, code: prefixes[seed] + body))
        }
        let outcomes = try await PolicyRunner().run(jobs)
        for (seed, prefix) in prefixes.enumerated() {
            let alone = Self.violations(try #require(outcomes["alone\(seed)"]), movedBy: 0)
            let permitted = try #require(outcomes["prefix\(seed)"])
            let shift = prefix.split(separator: "\n").count
            let both = Self.violations(try #require(outcomes["both\(seed)"]), movedBy: shift)
            #expect(permitted.outcome == "succeeded" && permitted.message == "", "\(prefix)\(permitted.message)")
            // Each program has one at least, or the comparison proves nothing.
            #expect(!alone.isEmpty && both == alone, "seed \(seed): \(both) instead of \(alone)\n\(prefix)")
        }
    }
}
