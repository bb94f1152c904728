import Foundation
import TestSupport
import Testing

/// The suites of packages, and CPython's own tests of the modules of `@safe`, run as library code inside a task and in
/// plain CPython. CPython's tests also run as the code of the task. No test may do anything else in the task, but for the
/// exceptions of `Suites/suites.txt`, each with a reason.
///
/// They run by `make packages-test` only, in the driver of the policy: they read files that a worker does not have. A suite
/// that is done is not run again until the driver or a file of the suites changes.
@Suite(.serialized) struct PackageSuiteTests {
    /// The folder that `scripts/packages.sh --suites` has filled.
    private static let suites: String? = ProcessInfo.processInfo.environment["TERRARIUM_PACKAGE_SUITES"]
    private static let ownFolder = "\(PackageUnderTest.folder)/Suites"

    @Test func theListHasTenSuitesAndAReasonForEachException() {
        #expect(PackageSuite.all.count { !$0.isOfPython } >= 10)
        #expect(Set(PackageSuite.all.map(\.name)).count == PackageSuite.all.count)
        for suite in PackageSuite.all {
            #expect(!suite.tests.isEmpty, "\(suite)")
            for exception in suite.differs + suite.refused {
                #expect(exception.reason.count > 8, "\(suite): \(exception.pattern)")
            }
        }
    }

    @Test(.enabled(if: suites != nil, "make packages-test runs the suites of packages"), arguments: PackageSuite.all)
    func aSuiteDoesInATaskWhatItDoesInPlainPython(_ suite: PackageSuite) async throws {
        let suites = try #require(Self.suites)
        guard !Self.isDone(suite, in: suites) else { return print("done before: \(suite)") }
        let code = suite.code(in: suites)
        let plain = try #require(SuiteReport(in: try await Self.runPlain(code, in: suites)), "plain CPython: \(suite)")
        let printed = try await Self.runTask(code, suite, in: suites)
        let task = try #require(SuiteReport(in: printed), "\(suite): \(printed.suffix(2000))")
        #expect(plain.count > 0 && task.count == plain.count, "\(suite): \(plain.count), in a task \(task.count)")
        var differing = 0
        var unexplained = 0
        var used: Set<String> = []
        for test in plain.names.union(task.names).sorted() {
            let (expected, found) = (plain.outcome(of: test), task.outcome(of: test))
            guard expected.outcome != found.outcome else { continue }
            differing += 1
            if let exception = suite.exception(for: test, found) {
                used.insert(exception.pattern)
                continue
            }
            unexplained += 1
            Issue.record("\(suite) \(test): \(found.outcome) (\(found.reason)); in plain CPython \(expected.outcome)")
        }
        for exception in suite.differs where !used.contains(exception.pattern) {
            unexplained += 1
            Issue.record("\(suite): \(exception.pattern) does what it does in plain CPython; remove the exception")
        }
        print("\(suite): \(plain.count) tests, \(differing) exceptions")
        if unexplained == 0, plain.count > 0, task.count == plain.count {
            try "\(plain.count) \(differing)\n".write(
                toFile: Self.mark(suite, in: suites),
                atomically: true,
                encoding: .utf8
            )
        }
    }

    /// The control: a test that fails in a task alone is noticed, and so is one that fails in another way.
    @Test func aTestThatDiffersIsNoticed() throws {
        var suite = PackageSuite(name: "control")
        suite.differs = [PackageSuite.Exception(pattern: "a.py::f", reason: "a reason")]
        suite.refused = [PackageSuite.Exception(pattern: "this starts a program", reason: "a reason")]
        let failed = SuiteOutcome(outcome: "failed", reason: "ValueError")
        #expect(suite.exception(for: "a.py::f", failed) != nil)
        #expect(suite.exception(for: "a.py::f[1]", failed) != nil)
        #expect(suite.exception(for: "a.py::ff", failed) == nil)
        #expect(suite.exception(for: "a.py::g", failed) == nil)
        let refused = SuiteOutcome(
            outcome: "failed",
            reason: "PermissionError: not permitted in a task: this starts a program"
        )
        #expect(suite.exception(for: "a.py::g", refused) != nil)
        let report = try #require(
            SuiteReport(in: "x\n{\"count\": 2, \"others\": {\"a\": [\"failed\", \"ValueError\"]}}\n")
        )
        #expect(report.outcome(of: "a") == failed && report.outcome(of: "b") == .passed)
    }

    // MARK: Runs

    private static func sites(in suites: String) -> [String] { [Self.ownFolder, "\(suites)/site"] }

    private static func runPlain(_ code: String, in suites: String) async throws -> String {
        let scratch = try ScratchFolder()
        let path = Self.sites(in: suites).map { "\"\($0)\"" }.joined(separator: ", ")
        let finished = try await Programs.run(
            PlainPython.program,
            ["-s", "-S", "-c", "import sys\nsys.path[1:1] = [\(path)]\n\(code)"],
            environment: Self.environment(scratch.path),
            folder: scratch.path
        )
        return finished.output
    }

    private static func runTask(_ code: String, _ suite: PackageSuite, in suites: String) async throws -> String {
        let scratch = try ScratchFolder()
        var runner = PolicyRunner()
        runner.external = "*"
        if suite.isTaskCode {
            runner.standardLibrary = try await Self.wholeStandardLibrary()
            runner.deny = "breakpoint,input"
        }
        runner.sitePackages = (Self.sites(in: suites) + ["\(suites)/\(suite.folder)"]).joined(separator: ",")
        runner.temporaryFolder = scratch.path
        runner.environment = Self.environment(scratch.path)
        // The longest suite takes minutes, and longer on a busy machine.
        runner.timeout = 3600
        let outcomes = try await runner.run([PolicyCase(name: "suite", settings: [:], code: code)])
        let outcome = try #require(outcomes["suite"])
        return outcome.log + outcome.message
    }

    /// Every module of the standard library by name: `*` would turn the guards off.
    private static func wholeStandardLibrary() async throws -> String {
        let names = try await Programs.run(
            PlainPython.program,
            ["-I", "-c", "import sys; print(*sorted(sys.stdlib_module_names), sep=',')"]
        )
        let named = "test,test.support,unittest.mock,importlib.util,importlib.machinery,importlib.abc,xml.sax.xmlreader"
        return names.output.filter { !$0.isNewline } + "," + named
    }

    private static func environment(_ folder: String) -> [String: String] {
        [
            "PYTHONHASHSEED": "1", "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1",
            "TMPDIR": folder, "HOME": folder, "MPLCONFIGDIR": folder,
        ]
    }

    // MARK: What is done

    private static func mark(_ suite: PackageSuite, in suites: String) -> String { "\(suites)/\(suite.name).done" }

    private static func isDone(_ suite: PackageSuite, in suites: String) -> Bool {
        func date(_ path: String) -> Date? {
            try? FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
        }
        guard let done = date(Self.mark(suite, in: suites)) else { return false }
        let sources = ["\(Programs.folder)/PolicyDriver", PackageSuite.file, "\(Self.ownFolder)/packagesuite.py"]
        return sources.allSatisfy { date($0).map { $0 < done } ?? false }
    }
}
