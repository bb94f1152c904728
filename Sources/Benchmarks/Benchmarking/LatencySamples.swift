/// The latencies of single tasks, and their percentiles.
struct LatencySamples: Sendable {
    private var sorted: [Duration]

    init(_ times: [Duration]) {
        self.sorted = times.sorted()
    }

    var count: Int { self.sorted.count }
    var median: Duration { self.percentile(50) }

    /// The latency that `percent` per cent of the samples do not exceed; zero without samples.
    func percentile(_ percent: Int) -> Duration {
        guard !self.sorted.isEmpty else { return .zero }
        let rank = (self.sorted.count * percent + 99) / 100
        return self.sorted[min(max(rank, 1), self.sorted.count) - 1]
    }
}

extension Duration {
    /// The duration in milliseconds, with fractions.
    var inMilliseconds: Double {
        let (seconds, attoseconds) = self.components
        return Double(seconds) * 1000 + Double(attoseconds) / 1e15
    }
}
