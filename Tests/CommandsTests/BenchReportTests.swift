import Testing

@testable import Commands

@Suite struct BenchReportTests {
    private func report(latency: Double, rate: Double) -> BenchReport {
        BenchReport(rows: [
            .init(name: "paced p50", value: latency, unit: "ms", floor: "fork", floorValue: 0.5, budget: 1),
            .init(
                name: "8 clients",
                value: rate,
                unit: "/s",
                floor: "pair",
                floorValue: 1000,
                budget: 0.6,
                isRate: true
            ),
        ])
    }

    @Test func aRatioThatIsWorseByMoreThanTheToleranceIsARegression() throws {
        let baseline = Array(self.report(latency: 0.5, rate: 600).json.utf8)
        #expect(try self.report(latency: 0.74, rate: 401).regressions(from: baseline, tolerance: 0.5).isEmpty)
        #expect(
            try self.report(latency: 0.76, rate: 399).regressions(from: baseline, tolerance: 0.5) == [
                "paced p50: the ratio is 1.52, it was 1.00", "8 clients: the ratio is 0.399, it was 0.600",
            ]
        )
    }

    @Test func aRowThatTheBaselineDoesNotHaveIsNoRegression() throws {
        let baseline = Array(BenchReport(rows: []).json.utf8)
        #expect(try self.report(latency: 50, rate: 1).regressions(from: baseline, tolerance: 0).isEmpty)
    }

    @Test func anythingElseThanAReportIsBadInput() {
        #expect(throws: Complaint.self) { try BenchReport().regressions(from: Array("[]".utf8), tolerance: 1) }
    }

    @Test(arguments: [(0.0, "0.000"), (0.4511, "0.451"), (9.996, "10.00"), (12.34, "12.3"), (905.4, "905")])
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
}
