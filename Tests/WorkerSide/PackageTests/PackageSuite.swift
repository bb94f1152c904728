import Foundation
import TestSupport

/// The tests of a package, or of CPython, that run inside a task as library code.
///
/// The file `Suites/suites.txt` has a line `suite: NAME` for each. `package: NAME==VERSION` names what is installed for it,
/// `sdist: NAME==VERSION` the source distribution that the tests come from, where they are not part of the package, and
/// `tests:` the files and folders below its folder, or the modules of CPython. A line `differs: TEST: REASON` says why a
/// test does something else than in plain CPython; it stands for the test's parameters, and for a class's or a file's
/// tests. `refused: MESSAGE: REASON` does so for all tests that end with that refusal. With a line `code: task` the tests
/// of CPython are code of the task itself, which may import the whole standard library; without it they are library code,
/// and the task may import the default modules.
struct PackageSuite: Sendable, CustomStringConvertible {
    struct Exception: Sendable {
        let pattern: String
        let reason: String
    }

    let name: String
    /// The folder of the tests, below the folder of the suites.
    var folder = "site"
    var isOfPython = false
    var isTaskCode = false
    var tests: [String] = []
    var differs: [Exception] = []
    var refused: [Exception] = []

    var description: String { self.name }

    static let file = "\(PackageUnderTest.folder)/Suites/suites.txt"

    static let all: [PackageSuite] = {
        do { return try Self.load() } catch { fatalError("\(error)") }
    }()

    private static func load() throws -> [PackageSuite] {
        var suites: [PackageSuite] = []
        var refusedEverywhere: [Exception] = []
        for line in try String(contentsOfFile: Self.file, encoding: .utf8).split(separator: "\n") {
            guard !line.hasPrefix("#"), let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            switch (line[..<colon], suites.last) {
            case ("suite", _):
                suites.append(PackageSuite(name: String(value)))
                suites[suites.count - 1].refused = refusedEverywhere
            case ("refused", nil): refusedEverywhere.append(Self.exception(value))
            case ("refused", _): suites[suites.count - 1].refused.append(Self.exception(value))
            case ("differs", _): suites[suites.count - 1].differs.append(Self.exception(value))
            case ("sdist", let suite?): suites[suites.count - 1].folder = "tests/\(suite.name)"
            case ("debian", _?):
                suites[suites.count - 1].folder = "tests/cpython"
                suites[suites.count - 1].isOfPython = true
            case ("code", _?): suites[suites.count - 1].isTaskCode = value == "task"
            case ("tests", _): suites[suites.count - 1].tests += value.split(separator: " ").map(String.init)
            default: break
            }
        }
        return suites
    }

    /// Splits at the last colon that is followed by a space.
    private static func exception(_ text: Substring) -> Exception {
        guard let colon = text.ranges(of: ": ").last else { return Exception(pattern: String(text), reason: "") }
        return Exception(pattern: String(text[..<colon.lowerBound]), reason: String(text[colon.upperBound...]))
    }

    /// The entry that explains what a test does; nil if it must do what it does in plain CPython.
    func exception(for test: String, _ outcome: SuiteOutcome) -> Exception? {
        self.differs.first { entry in
            test == entry.pattern || ["[", "::", ".", " "].contains { test.hasPrefix(entry.pattern + $0) }
        } ?? self.refused.first { outcome.reason.contains($0.pattern) }
    }

    /// The text that runs the tests, in a task and in plain CPython.
    func code(in suites: String) -> String {
        let tests = self.tests.map { "\"\($0)\"" }.joined(separator: ", ")
        guard self.isTaskCode else {
            return """
                import packagesuite
                packagesuite.run_\(self.isOfPython ? "unittest" : "pytest")("\(suites)/\(self.folder)", [\(tests)])

                """
        }
        return """
            import packagesuite
            def execute(text, title, namespace):
                exec(compile(text, title, "exec"), namespace)
            packagesuite.run_unittest("\(suites)/\(self.folder)", [\(tests)], execute)

            """
    }
}

/// What a test did.
struct SuiteOutcome: Equatable, Sendable {
    let outcome: String
    /// The last line of what it failed with.
    var reason = ""

    static let passed = SuiteOutcome(outcome: "passed")
}

/// The report of `packagesuite.py`.
struct SuiteReport: Decodable, Sendable {
    let count: Int
    /// The tests that did not pass: what they did, and the last line of the reason.
    private let others: [String: [String]]

    /// The report in what a run printed: its last line.
    init?(in output: String) {
        guard let line = output.split(separator: "\n").last(where: { $0.hasPrefix(#"{"count""#) }),
            let report = try? JSONDecoder().decode(Self.self, from: Data(line.utf8))
        else { return nil }
        self = report
    }

    var names: Set<String> { Set(self.others.keys) }

    func outcome(of test: String) -> SuiteOutcome {
        guard let other = self.others[test], other.count == 2 else { return .passed }
        return SuiteOutcome(outcome: other[0], reason: other[1])
    }
}
