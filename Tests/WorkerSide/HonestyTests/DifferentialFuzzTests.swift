import Foundation
import TestSupport
import Testing

/// Random programs under no policy and under the default one: each is refused, or does exactly the same.
///
/// `TERRARIUM_FUZZ_SECONDS` sets the time (30 by default), `TERRARIUM_FUZZ_SEED` the first seed.
@Suite struct DifferentialFuzzTests {
    private static let environment = ProcessInfo.processInfo.environment

    @Test func randomProgramsAreRefusedOrUnchanged() async throws {
        let seconds = Double(Self.environment["TERRARIUM_FUZZ_SECONDS"] ?? "") ?? 30
        var seed = UInt64(Self.environment["TERRARIUM_FUZZ_SEED"] ?? "") ?? 1
        let end = ContinuousClock.now + .seconds(seconds)
        var counts = (programs: 0, refused: 0, same: 0)
        while ContinuousClock.now < end {
            var batch: [PolicyCase] = []
            for _ in 0..<60 {
                var grammar = ProgramGrammar(seed: seed)
                batch.append(PolicyCase(name: "seed\(seed)", settings: [:], code: grammar.program()))
                seed += 1
            }
            let guarded = try await PolicyRunner().run(batch)
            let open = try await PolicyRunner.open.run(batch)
            for job in batch {
                let mine = try #require(guarded[job.name])
                let theirs = try #require(open[job.name])
                counts.programs += 1
                if Self.isRefusal(mine) {
                    counts.refused += 1
                } else {
                    counts.same += 1
                    let isSame = Self.observable(mine) == Self.observable(theirs)
                    #expect(isSame, "\(job.name)\n\(job.code)\n\(mine)\n\(theirs)")
                }
            }
        }
        // Both kinds must occur, or the grammar proves nothing.
        #expect(counts.refused > counts.programs / 20)
        #expect(counts.same > counts.programs / 4)
        print("\(counts.programs) programs: \(counts.refused) refused, \(counts.same) the same")
    }

    /// What an author can see of a run, without the addresses in some representations.
    private static func observable(_ outcome: PolicyCaseOutcome) -> [String] {
        [outcome.outcome, outcome.items, outcome.log, String(outcome.message.prefix { $0 != "\n" })].map {
            $0.replacing(/0x[0-9a-f]+/, with: "0x")
        }
    }

    /// Refused before the run, or in the middle of it, even where the program caught the refusal.
    private static func isRefusal(_ outcome: PolicyCaseOutcome) -> Bool {
        outcome.outcome == "policy_violation"
            || ["not available to tasks", "is not allowed", "not permitted in a task", "must not read"].contains {
                outcome.message.contains($0) || outcome.log.contains($0) || outcome.items.contains($0)
            }
    }
}
