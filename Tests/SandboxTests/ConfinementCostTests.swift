import Testing

@Suite struct ConfinementCostTests {
    @Test func confiningAWorkerTakesLessThanItsBudget() throws {
        let answers = try ProbeRun.run("drive", ["time=200"], targets: ProbeTargets())
        let line = try #require(answers.first { $0.subject == "time" && $0.text.hasPrefix("steps ") })
        // "steps SECONDS seconds of processor time, …": others on this machine do not add to it.
        let seconds = try #require(Double(line.text.split(separator: " ")[1]))
        #expect(seconds > 0.000_001, "nothing was measured: \(line.text)")
        #expect(seconds < 0.000_3, "\(line.text)")
    }
}
