import Foundation
import PythonRuntime
import Tasks
import TestSupport
import Testing

/// Any bytes as a task's code: the check ends with a report or a syntax error, and what it refuses does not run.
@Suite struct StaticCheckFuzzTests {
    private static let folder =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/Fuzzing/Corpora/FuzzCode"

    /// The inputs of `FuzzCode`, those that broke something among them.
    private static func corpus() throws -> [(name: String, code: [UInt8])] {
        try FileManager.default.contentsOfDirectory(atPath: self.folder).sorted().map { name in
            (name, Array(try Data(contentsOf: URL(fileURLWithPath: self.folder + "/" + name))))
        }
    }

    @Test func everyInputOfTheCorpusIsCheckedTheSameTwice() async {
        await #expect(processExitsWith: .success) {
            let python = try PolicyInterpreter()
            let corpus = try Self.corpus()
            for (name, code) in corpus {
                let answer = python.check(code)
                #expect(answer == python.check(code), "\(name)")
                if case .other(let message) = answer { Issue.record("\(name): \(message)") }
            }
            let refused = Set(corpus.filter { python.check($0.code).isRefusal }.map(\.name))
            #expect(refused.isSuperset(of: ["refused.py", "nested.py"]), "\(refused)")
        }
    }

    @Test func whatIsRefusedDoesNotRun() async {
        await #expect(processExitsWith: .success) {
            let python = try PolicyInterpreter()
            let seeds = [
                "print('ran')\nx = [n.gi_frame for n in _items]\n", "print('ran')\nimport math, os\n",
                "print('ran')\ndef f(a, *b, c=1): return a.real, open\nf(1)\n",
                "print('ran')\nclass A:\n    __slots__ = ()\n    def f(self): return self._B__x\n",
            ]
            let pieces = [
                "(", ")", "[", "]", ":", "\n", "\n    ", " ", "os", "math", "x", "gi_frame", "numerator", "open", "1",
                "lambda: ",
                "f'{", "}'", "#", "'", "\\", "é", "\u{FF10}", "\0", "import ", ".", "=", ",", "_", "*", "del ",
                "global ",
            ]
            var generator = SeededGenerator(seed: 13)
            var (refused, passed, invalid) = (0, 0, 0)
            for round in 0..<4000 {
                var code = Array(seeds[round % seeds.count].unicodeScalars)
                for _ in 0..<Int.random(in: 0...3, using: &generator) {
                    let index = Int.random(in: 14..<code.count, using: &generator)
                    if Bool.random(using: &generator) {
                        code.insert(contentsOf: generator.pick(pieces).unicodeScalars, at: index)
                    } else {
                        code.remove(at: index)
                    }
                }
                var text = String.UnicodeScalarView()
                text.append(contentsOf: code)
                let bytes = Array(String(text).utf8)
                switch python.check(bytes) {
                case .syntaxError: invalid += 1
                case .other(let message): Issue.record("\(String(text)): \(message)")
                case .report(let report):
                    let sink = PolicyInterpreter.Sink()
                    let result = python.run(bytes, as: .run, sink: sink)
                    if report.violations.isEmpty {
                        // The control: what is not refused does run, and prints first.
                        #expect(sink.printed.starts(with: "ran".utf8), "\(String(text))")
                        passed += 1
                    } else {
                        guard case .failure(let failure) = result else {
                            Issue.record("ran: \(String(text))")
                            continue
                        }
                        #expect(failure.kind == .policyViolation && sink.printed.isEmpty, "\(String(text))")
                        refused += 1
                    }
                }
            }
            #expect(refused > 200 && passed > 50 && invalid > 200, "\(refused), \(passed), \(invalid)")
        }
    }
}
