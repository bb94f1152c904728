import Foundation
import TestSupport
import Testing

/// The program `terrarium-bench` as it is installed.
@Suite struct BenchProgramTests {
    private static let program = "\(Programs.folder)/terrarium-bench"

    private struct Report: Decodable {
        struct Row: Decodable {
            var name: String
            var value: Double
            var baseline: String
            var baselineValue: Double
            var ratio: Double

            enum CodingKeys: String, CodingKey {
                case name
                case value
                case baseline
                case baselineValue = "baseline_value"
                case ratio
            }
        }

        var results: [Row]
    }

    @Test func aRunReportsEveryLoadBesideABaselineOfItsOwnAndLeavesNothingBehind() async throws {
        let folder = try ScratchFolder()
        let finished = try await Programs.run(
            Self.program,
            ["--quick", "--seconds", "0.2", "--json"],
            environment: ["XDG_RUNTIME_DIR": folder.path]
        )
        try #require(finished.status == 0, "\(finished.errors)")
        let report = try JSONDecoder().decode(Report.self, from: Data(finished.output.utf8))
        let names = report.results.map(\.name)
        for name in ["paced p50", "back to back p50", "8 clients", "100 items each_item p50", "start to ready"] {
            #expect(names.contains(name), "\(names)")
        }
        for row in report.results {
            #expect(row.value > 0 && row.baselineValue > 0 && !row.baseline.isEmpty, "\(row)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        // The service can report its stop as well as its start.
        #expect(!finished.errors.contains("the service manager cannot be told"), "\(finished.errors)")
    }

    @Test func badSettingsAndBadUsageAreExitTwo() async throws {
        let setting = try await Programs.run(Self.program, ["--quick"], environment: ["TERRARIUM_QUEUE_LIMIT": "many"])
        #expect(setting.status == 2)
        #expect(setting.errors.contains("TERRARIUM_QUEUE_LIMIT"))
        #expect(try await Programs.run(Self.program, ["--seconds", "0"]).status == 2)
        let reference = try await Programs.run(Self.program, ["--reference", "/nonexistent/reference.json"])
        #expect(reference.status == 2)
        #expect(reference.errors.contains(#"cannot read "/nonexistent/reference.json""#))
    }

    @Test func withoutTheBaselineProgramItSaysWhereItLooked() async throws {
        let folder = try ScratchFolder()
        let copy = "\(folder.path)/terrarium-bench"
        try Programs.copy(Self.program, to: copy)
        try Programs.copy(Programs.terrarium, to: "\(folder.path)/terrarium")
        let finished = try await Programs.run(copy, ["--quick"], environment: ["XDG_RUNTIME_DIR": folder.path])
        #expect(finished.status == 1)
        #expect(finished.errors.contains("cannot find terrarium-baseline at \(folder.path)/terrarium-baseline"))
    }
}
