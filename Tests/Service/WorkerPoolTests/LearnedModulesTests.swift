import Tasks
import Testing

@testable import WorkerPool

@Suite struct LearnedModulesTests {
    private func configuration(_ preload: PreloadSelection = .automatic) -> WorkerPoolConfiguration {
        var configuration = PoolFixtures.configuration(warm: 0)
        configuration.worker.policy.externalAllow = ["scipy", "numpy", "*"]
        configuration.worker.preload = preload
        return configuration
    }

    private func learned(
        _ names: [String],
        times: Int = LearnedModules.threshold,
        _ preload: PreloadSelection = .automatic
    ) -> [String] {
        var learned = LearnedModules()
        for _ in 0..<times { learned.imported(names, under: self.configuration(preload)) }
        return learned.modules
    }

    @Test func aModuleIsLearnedFromTheThirdTask() {
        #expect(self.learned(["scipy.stats"], times: LearnedModules.threshold - 1) == [])
        #expect(self.learned(["scipy.stats"], times: LearnedModules.threshold) == ["scipy.stats"])
        #expect(self.learned(["scipy.stats"], times: LearnedModules.threshold + 5) == ["scipy.stats"])
    }

    /// What a hostile worker may send: a fork server imports nothing of it.
    @Test(arguments: [
        "os", "scipy", "other.module", "scipy.", ".scipy", "scipy..stats", "scipy.st ats", "scipy.stats\n",
        "scipy.stäts", "", "scipyx.stats", "scipy.../../x",
        "scipy." + String(repeating: "x", count: LearnedModules.longestName),
    ])
    func onlySubmodulesOfPreloadedPackagesCount(_ name: String) {
        #expect(self.learned([name, "numpy.fft"]) == ["numpy.fft"])
    }

    @Test func theOperatorsOwnChoiceIsNotChanged() {
        #expect(self.learned(["scipy.stats"], .none) == [])
        #expect(self.learned(["scipy.stats"], .modules(["scipy"])) == [])
        #expect(self.learned(["scipy.stats", "scipy.fft"], .automaticAnd(["scipy.fft"])) == ["scipy.stats"])
    }

    @Test func theNumberOfModulesIsBounded() {
        let names = (0..<LearnedModules.limit + 1).map { "scipy.m\($0)" }
        #expect(self.learned(names) == Array(names.prefix(LearnedModules.limit)))
    }

    /// Names that one task imports each do not keep out those that many import.
    @Test func rareNamesMakeRoom() {
        var learned = LearnedModules()
        for index in 0..<LearnedModules.candidateLimit * 4 {
            learned.imported(["scipy.rare\(index)"], under: self.configuration())
        }
        for _ in 0...LearnedModules.threshold { learned.imported(["scipy.stats"], under: self.configuration()) }
        #expect(learned.modules == ["scipy.stats"])
    }

    @Test func afterAFailureNoneIsLearned() {
        var learned = LearnedModules()
        for _ in 0..<LearnedModules.threshold { learned.imported(["scipy.stats"], under: self.configuration()) }
        learned.failed()
        for _ in 0..<LearnedModules.threshold { learned.imported(["scipy.fft"], under: self.configuration()) }
        #expect(learned.modules == [])
    }
}
