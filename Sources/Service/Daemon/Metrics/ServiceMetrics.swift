import Synchronization
import Tasks

/// The counters of the service since its start, for ``MetricsPage``. Thread-safe: each call updates the counters under a
/// lock.
final class ServiceMetrics: Sendable {
    /// Durations counted in buckets that are not cumulative; ``MetricsPage`` sums them for Prometheus.
    struct Histogram {
        /// Upper bounds of the buckets in seconds. A last bucket without a bound follows them.
        static let bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

        private(set) var counts = [Int](repeating: 0, count: Histogram.bounds.count + 1)
        private(set) var sum = 0.0

        mutating func record(_ duration: Duration) {
            let seconds = duration / .seconds(1)
            self.counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
            self.sum += seconds
        }
    }

    /// The phases of a task, in order.
    enum Phase: Int, CaseIterable {
        /// From the acceptance of the task until the dispatcher had a free slot.
        case queue
        /// From the assignment of the slot until a worker began the task.
        case start
        case decode
        case run
        case encode
    }

    /// A snapshot of all counters.
    struct Counts {
        var outcomes: [String: Int] = [:]
        var rejections: [String: Int] = [:]
        var kills: [KillReason: Int] = [:]
        var violations: [ViolationLabel: Int] = [:]
        var bytesIn = 0
        var bytesOut = 0
        var phases = [Histogram](repeating: Histogram(), count: Phase.allCases.count)
        var wall = Histogram()
        var reloads: [String: Int] = [:]
        var users = UserCounts()

        fileprivate mutating func record(_ duration: Duration, as phase: Phase) {
            self.phases[phase.rawValue].record(duration)
        }
    }

    private let counts = Mutex(Counts())

    /// The counters now.
    var snapshot: Counts { self.counts.withLock(\.self) }

    func taskAccepted(bytes: Int) {
        self.counts.withLock { $0.bytesIn += bytes }
    }

    /// A user submits a task, which may still be rejected. Called before the dispatcher gets the task, because the task
    /// may end before `submit` returns.
    func taskSubmitted(by peer: Peer) {
        self.counts.withLock { $0.users.submitted(peer.uid) }
    }

    func taskRejected(_ rejection: Rejection, by peer: Peer) {
        let reason =
            switch rejection {
            case .queueFull: "queue_full"
            case .tooManyTasks: "rate"
            case .draining: "draining"
            }
        self.counts.withLock { counts in
            counts.rejections[reason, default: 0] += 1
            counts.users.rejected(peer.uid)
        }
    }

    func taskFinished(_ outcome: TaskOutcome, of peer: Peer) {
        self.counts.withLock { counts in
            counts.users.finished(peer.uid, outcome)
            counts.outcomes[outcome.name, default: 0] += 1
            counts.record(outcome.usage.queued, as: .queue)
            if let start = outcome.usage.start { counts.record(start, as: .start) }
            if let phases = outcome.usage.phases {
                counts.record(phases.decode, as: .decode)
                counts.record(phases.run, as: .run)
                // `encode` is zero for a task that failed before it had a result to encode.
                if phases.encode > .zero { counts.record(phases.encode, as: .encode) }
            }
            if let kill = outcome.kill { counts.kills[kill, default: 0] += 1 }
            counts.wall.record(outcome.usage.wall)
            switch outcome.result {
            case .items(let items): counts.bytesOut += items.count
            case .checked(let report):
                for violation in report.violations { counts.violations[ViolationLabel(violation), default: 0] += 1 }
            case .failure(let failure):
                for violation in failure.violations { counts.violations[ViolationLabel(violation), default: 0] += 1 }
            }
        }
    }

    func configurationReloaded(accepted: Bool) {
        self.counts.withLock { $0.reloads[accepted ? "accepted" : "rejected", default: 0] += 1 }
    }
}
