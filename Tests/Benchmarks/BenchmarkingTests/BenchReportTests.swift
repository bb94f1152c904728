import Commands
import Testing

@testable import Benchmarking

@Suite struct BenchReportTests {
    private func report(latency: Double, rate: Double) -> BenchReport {
        BenchReport(rows: [
            .init(name: "paced p50", value: latency, unit: "ms", baseline: "fork", baselineValue: 0.5, budget: 1),
            .init(
                name: "8 clients",
                value: rate,
                unit: "/s",
                baseline: "pair",
                baselineValue: 1000,
                budget: 0.6,
                isRate: true
            ),
        ])
    }

    @Test func aRatioThatIsWorseByMoreThanTheToleranceIsARegression() throws {
        let reference = Array(self.report(latency: 0.5, rate: 600).json.utf8)
        #expect(try self.report(latency: 0.74, rate: 401).regressions(from: reference, tolerance: 0.5).isEmpty)
        #expect(
            try self.report(latency: 0.76, rate: 399).regressions(from: reference, tolerance: 0.5).map(\.text) == [
                "paced p50: the ratio is 1.52, it was 1.00", "8 clients: the ratio is 0.399, it was 0.600",
            ]
        )
    }

    @Test func aRowThatTheReferenceDoesNotHaveIsNoRegression() throws {
        let reference = Array(BenchReport(rows: []).json.utf8)
        #expect(try self.report(latency: 50, rate: 1).regressions(from: reference, tolerance: 0).isEmpty)
    }

    @Test func anythingElseThanAReportIsBadInput() {
        #expect(throws: CommandError.self) { try BenchReport().regressions(from: Array("[]".utf8), tolerance: 1) }
    }

    @Test(arguments: [
        (0.0, "0.000"), (0.4511, "0.451"), (9.996, "10.00"), (12.34, "12.3"), (905.4, "905"), (1e300, "1000000000000"),
    ])
    func threeDigitsCount(value: Double, text: String) {
        #expect(BenchReport.text(value) == text)
    }

    @Test func aPercentileIsATimeThatWasMeasured() {
        let samples = LatencySamples((1...10).reversed().map { .milliseconds($0) })
        #expect(samples.median == .milliseconds(5))
        #expect(samples.percentile(99) == .milliseconds(10))
        #expect(samples.percentile(1) == .milliseconds(1))
        #expect(LatencySamples([]).median == .zero)
    }

    @Test func theShareThatWasStolenIsThatOfAllTimeInBetween() throws {
        let before = try #require(ProcessorTime("cpu  100 0 50 800 10 0 5 35 7 0\ncpu0 1 2 3\n"))
        let after = try #require(ProcessorTime("cpu  150 0 60 830 10 0 5 45 9 0\n"))
        #expect(before == ProcessorTime("cpu 100 0 50 800 10 0 5 35"))
        #expect(after.stolenShare(since: before) == 0.1)
        // Control: nothing between a moment and itself, nor where a counter went back.
        #expect(after.stolenShare(since: after) == 0)
        #expect(before.stolenShare(since: after) == 0)
    }

    @Test(arguments: [
        "", "cpu", "cpu 1 2 3 4 5 6 7", "cpu0 1 2 3 4 5 6 7 8", "cpu 1 2 3 x 5 6 7 8", "cpu 1 2 3 -4 5 6 7 8",
    ])
    func whatIsNoCountOfProcessorTimeIsNone(_ text: String) {
        #expect(ProcessorTime(text) == nil)
    }

    @Test func thisSystemCountsItsProcessorTime() throws {
        let now = try #require(ProcessorTime.now)
        #expect(now.total > 0)
        #expect(0..<now.total ~= now.stolen)
    }
}
