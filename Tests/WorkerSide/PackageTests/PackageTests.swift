import TestSupport
import Testing

/// Real uses of the packages that people use most in tasks, run as tasks under the policy in four ways, and compared with
/// the same code in plain CPython.
///
/// `make test` runs a dozen small packages, `make packages-test` all of them.
@Suite(.serialized) struct PackageTests {
    private static let packages = PackageUnderTest.chosen

    /// How the service is set up for a run.
    private enum Way {
        case preloaded
        case notPreloaded
        case everythingAllowed
    }

    private static func runner(_ way: Way, for packages: [PackageUnderTest]) -> PolicyRunner {
        var runner = PolicyRunner()
        let list = packages.map(\.list).joined(separator: ",")
        runner.sitePackages = PackageUnderTest.site
        runner.external = way == .everythingAllowed ? "*" : list
        runner.preload = way == .preloaded ? list : ""
        // As plain CPython has it, and as a worker has it.
        runner.environment = ["LANG": "C.UTF-8", "JOBLIB_MULTIPROCESSING": "0", "LOKY_MAX_CPU_COUNT": "1"]
        // A cold import of the largest packages takes seconds, and longer on a busy machine.
        runner.timeout = 120
        return runner
    }

    /// Runs the uses of packages both ways, and returns what differs.
    private static func differences(
        _ packages: [PackageUnderTest],
        _ way: Way
    ) async throws -> [String] {
        let uses = packages.flatMap(\.uses)
        let plain = try await PlainPython.run(uses)
        let scratch = try ScratchFolder()
        var runner = Self.runner(way, for: packages)
        runner.temporaryFolder = scratch.path
        let tasks = try await runner.run(uses)
        var differences: [String] = []
        for package in packages {
            for use in package.uses where package.differences[use.name] == nil {
                let expected = try #require(plain[use.name])
                let outcome = PackageOutcome(try #require(tasks[use.name]))
                if outcome != expected {
                    differences.append("\(use.name): a task \(outcome); plain CPython \(expected)")
                }
            }
        }
        return differences
    }

    @Test func theTableHasTwoUsesOfEachPackage() {
        #expect(PackageUnderTest.all.count >= 150)
        #expect(PackageUnderTest.all.filter(\.isSmall).count >= 12)
        for package in PackageUnderTest.all { #expect(package.uses.count >= 2, "\(package)") }
        let names = PackageUnderTest.all.flatMap(\.uses).map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test(.enabled(if: !packages.isEmpty, "no package is installed for the tests"))
    func packagesPreloadedAloneWorkAsInPlainPython() async throws {
        for package in Self.packages {
            for difference in try await Self.differences([package], .preloaded) { Issue.record("\(difference)") }
        }
    }

    @Test(.enabled(if: !packages.isEmpty, "no package is installed for the tests"))
    func packagesPreloadedTogetherWorkAsInPlainPython() async throws {
        for difference in try await Self.differences(Self.packages, .preloaded) { Issue.record("\(difference)") }
    }

    @Test(.enabled(if: !packages.isEmpty, "no package is installed for the tests"))
    func packagesThatTasksImportWorkAsInPlainPython() async throws {
        for difference in try await Self.differences(Self.packages, .notPreloaded) { Issue.record("\(difference)") }
    }

    @Test(.enabled(if: !packages.isEmpty, "no package is installed for the tests"))
    func packagesWorkAsInPlainPythonWhereAllAreAllowed() async throws {
        for difference in try await Self.differences(Self.packages, .everythingAllowed) {
            Issue.record("\(difference)")
        }
    }

    /// The control: a use that the policy refuses, and one that prints something else, are noticed.
    @Test func aDifferenceIsNoticed() async throws {
        var package = PackageUnderTest(name: "control")
        package.uses = [
            PolicyCase(name: "control.same", settings: [:], code: "print(1)\n1 / 0\n"),
            PolicyCase(name: "control.refused", settings: [:], code: "import os\n"),
            PolicyCase(name: "control.printed", settings: [:], code: "print(hasattr(print, '__self__'))\n"),
        ]
        let names = try await Self.differences([package], .notPreloaded).map { $0.prefix { $0 != ":" } }
        #expect(names == ["control.refused", "control.printed"])
    }
}
