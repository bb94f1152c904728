import Foundation
import TestSupport
import Testing

/// Some two hundred programs that honest authors write, each with its own assertions.
@Suite struct HonestyTests {
    private static let folder = "\(Programs.package)/Tests/WorkerSide/HonestyTests/Programs"

    /// Runs the programs that one choice of allowlists is for, and expects all of them to succeed.
    private static func expectSuccess(_ cases: [PolicyCase], _ base: PolicyRunner) async throws {
        for (lists, group) in Dictionary(grouping: cases, by: { [$0.settings["stdlib"], $0.settings["external"]] }) {
            var runner = base
            if let list = lists[0] { runner.standardLibrary = list }
            if let list = lists[1] {
                runner.external = list
                runner.sitePackages = PolicyRunner.packages ?? ""
                if !runner.preload.isEmpty { runner.preload += "," + list }
            }
            let outcomes = try await runner.run(group)
            for job in group {
                let outcome = try #require(outcomes[job.name])
                #expect(outcome.outcome == "succeeded", "\(job.name): \(outcome.message)")
            }
        }
    }

    private static func programs(needingPackages: Bool) throws -> [PolicyCase] {
        try PolicyCase.load(folder: Self.folder).filter { ($0.settings["external"] != nil) == needingPackages }
    }

    @Test func everydayProgramsRunWithNothingPreloaded() async throws {
        let programs = try Self.programs(needingPackages: false)
        #expect(programs.count >= 150)
        var runner = PolicyRunner()
        runner.preload = ""
        try await Self.expectSuccess(programs, runner)
    }

    @Test func everydayProgramsRunWithModulesPreloaded() async throws {
        try await Self.expectSuccess(try Self.programs(needingPackages: false), PolicyRunner())
    }

    @Test(.enabled(if: PolicyRunner.packages != nil, "numpy and pandas are not installed for the tests"))
    func numpyAndPandasWorkLikeAnywhere() async throws {
        let programs = try Self.programs(needingPackages: true)
        try await Self.expectSuccess(programs, PolicyRunner())
        var cold = PolicyRunner()
        cold.preload = ""
        try await Self.expectSuccess(programs, cold)
    }

    /// The control is the array with masked values, which is refused.
    @Test(.enabled(if: PolicyRunner.packages != nil, "numpy and pandas are not installed for the tests"))
    func valuesOfPackagesAreConvertedWhereNothingIsLost() async throws {
        var runner = PolicyRunner()
        runner.external = "numpy,pandas"
        runner.sitePackages = try #require(PolicyRunner.packages)
        runner.preload += ",numpy,pandas"
        let values = [
            ("np.arange(4).reshape(2, 2)", "[[0,1],[2,3]]"), ("np.array([1.5, np.nan])", "[1.5,null]"),
            ("np.array(3)", "3"), ("np.array(['a', None], dtype=object)", #"["a",null]"#),
            ("np.array(['2024-01-02'], dtype='datetime64[ns]')", #"["2024-01-02T00:00:00.000000000"]"#),
            ("np.array('2024-01-02', dtype='datetime64[D]')", #""2024-01-02""#),
            ("[pd.NA, pd.NaT, pd.Period('2024-01'), pd.Interval(0, 1)]", #"[null,null,"2024-01","(0, 1]"]"#),
            ("np.ma.array([1, 2], mask=[0, 1])", "MaskedArray, which JSON cannot represent"),
            ("pd.Series([1])", "use value.tolist()"), ("pd.DataFrame({'a': [1]})", #"use value.to_dict("records")"#),
        ]
        let jobs = values.map { value in
            PolicyCase(
                name: value.0.filter { $0 != " " },
                settings: [:],
                code: "import numpy as np, pandas as pd\nreturn {'v': \(value.0)}\n"
            )
        }
        let outcomes = try await runner.run(jobs)
        for (value, job) in zip(values, jobs) {
            let outcome = try #require(outcomes[job.name])
            let isItem = outcome.items == #"[{"json":{"v":\#(value.1)}}]"#
            #expect(isItem || outcome.message.lowercased().contains(value.1.lowercased()), "\(value): \(outcome)")
        }
    }

    /// What CPython itself does at the end of a coroutine passes by the guards.
    @Test func aCoroutineThatNobodyAwaitsIsWarnedOfAndNoMore() async throws {
        let job = PolicyCase(name: "coroutine", settings: [:], code: "async def f(): pass\nf()\n")
        let log = try #require(try await PolicyRunner().run([job])["coroutine"]).log
        #expect(log.contains("RuntimeWarning: coroutine 'f' was never awaited"), "\(log)")
        #expect(!log.contains("Traceback") && !log.contains("not available"), "\(log)")
    }

    /// The control: a program whose assertion fails is noticed.
    @Test func aFailingAssertionIsNoticed() async throws {
        let job = PolicyCase(name: "wrong", settings: [:], code: "assert 1 == 2\n")
        #expect(try await PolicyRunner().run([job])["wrong"]?.outcome == "python_error")
    }
}
