import Logging
import Synchronization
import Tasks

/// Stands between the front ends and the dispatcher: holds run times to the configured one, and writes down how each
/// task ended, in one log line and in the metrics. Never the code, never the items.
final class TaskLedger: TaskDispatching {
    private struct State {
        var taskTimeout: Duration
        var active = 0
        /// When the last task ended, or the service began.
        var idleSince = ContinuousClock.now
    }

    private let dispatcher: any TaskDispatching
    private let metrics: ServiceMetrics
    private let logger: Logger
    private let state: Mutex<State>

    init(dispatcher: any TaskDispatching, metrics: ServiceMetrics, taskTimeout: Duration, logger: Logger) {
        self.dispatcher = dispatcher
        self.metrics = metrics
        self.logger = logger
        self.state = Mutex(State(taskTimeout: taskTimeout))
    }

    /// Puts another run time in force, for tasks that are submitted from now on.
    func setTaskTimeout(_ timeout: Duration) {
        self.state.withLock { $0.taskTimeout = timeout }
    }

    /// The service takes tasks from now on: until then nobody could have brought one.
    func serviceBecameReady() {
        self.state.withLock { $0.idleSince = .now }
    }

    /// Since when there is no task; nil while there is one.
    var idleSince: ContinuousClock.Instant? {
        self.state.withLock { $0.active == 0 ? $0.idleSince : nil }
    }

    func submit(
        _ request: TaskRequest,
        from peer: Peer,
        observer: any TaskObserver
    ) -> Swift.Result<TaskID, Rejection> {
        var request = request
        let limit = self.state.withLock { state in
            // Counted before: the task may end before this returns.
            state.active += 1
            return state.taskTimeout
        }
        request.timeout = min(request.timeout ?? limit, limit)
        let entry = Entry(ledger: self, observer: observer, label: request.label, mode: request.mode, peer: peer)
        let result = self.dispatcher.submit(request, from: peer, observer: entry)
        switch result {
        case .success:
            self.metrics.taskAccepted(bytes: request.items.count)
        case .failure(let rejection):
            self.taskGone()
            self.metrics.taskRejected(rejection)
            self.logger.notice("task turned away", metadata: ["peer": "\(peer.uid)", "reason": "\(rejection)"])
        }
        return result
    }

    func cancel(_ id: TaskID, by peer: Peer) -> Bool {
        self.dispatcher.cancel(id, by: peer)
    }

    func tasks(visibleTo peer: Peer) -> [TaskSummary] {
        self.dispatcher.tasks(visibleTo: peer)
    }

    private func taskGone() {
        self.state.withLock { state in
            state.active -= 1
            state.idleSince = .now
        }
    }

    private func finished(_ entry: Entry, _ outcome: TaskOutcome, _ id: TaskID) {
        self.taskGone()
        self.metrics.taskFinished(outcome)
        self.logger.info("task ended", metadata: Self.metadata(entry, outcome, id))
    }

    private static func metadata(_ entry: Entry, _ outcome: TaskOutcome, _ id: TaskID) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "task.id": "\(id)", "peer": "\(entry.peer.uid)", "mode": "\(entry.mode.name)", "outcome": "\(outcome.name)",
            "queued_ms": "\(Self.milliseconds(outcome.usage.queued))",
            "wall_ms": "\(Self.milliseconds(outcome.usage.wall))",
            "cpu_ms": "\(Self.milliseconds(outcome.usage.cpu))",
            "max_rss_bytes": "\(outcome.usage.peakResidentBytes)",
        ]
        if let label = entry.label { metadata["label"] = "\(label)" }
        return metadata
    }

    /// Milliseconds with one decimal, rounded down.
    private static func milliseconds(_ duration: Duration) -> String {
        let tenths = duration.components.seconds * 10_000 + duration.components.attoseconds / 100_000_000_000_000
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// One task on its way.
    private final class Entry: TaskObserver {
        let ledger: TaskLedger
        let observer: any TaskObserver
        let label: String?
        let mode: TaskMode
        let peer: Peer

        init(ledger: TaskLedger, observer: any TaskObserver, label: String?, mode: TaskMode, peer: Peer) {
            self.ledger = ledger
            self.observer = observer
            self.label = label
            self.mode = mode
            self.peer = peer
        }

        func taskEmitted(_ event: TaskEvent, _ id: TaskID) {
            self.observer.taskEmitted(event, id)
        }

        func taskFinished(_ outcome: TaskOutcome, _ id: TaskID) {
            // The answer goes out first: nobody waits for a log line.
            self.observer.taskFinished(outcome, id)
            self.ledger.finished(self, outcome, id)
        }
    }
}
