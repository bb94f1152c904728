import Logging
import Synchronization
import Tasks

/// Counts and logs every task, and records it in the history and the audit log. It wraps the dispatcher: front ends
/// call this object, which forwards each call to the dispatcher. When a task ends, it writes one log line and updates
/// the metrics. The log line and the metrics contain neither the task's code nor its items.
final class TaskAccounting: TaskDispatching {
    private struct State {
        var active = 0
        /// When the last task ended, or the service became ready.
        var idleSince = ContinuousClock.now
    }

    private let dispatcher: any TaskDispatching
    private let metrics: ServiceMetrics
    private let logger: Logger
    private let audit: AuditLog?
    let history = TaskHistory()
    private let state: Mutex<State>

    init(dispatcher: any TaskDispatching, metrics: ServiceMetrics, logger: Logger, audit: AuditLog? = nil) {
        self.dispatcher = dispatcher
        self.metrics = metrics
        self.logger = logger
        self.audit = audit
        self.state = Mutex(State())
    }

    /// Restarts the idle time, because tasks could not be submitted before the service was ready.
    func serviceBecameReady() {
        self.state.withLock { $0.idleSince = .now }
    }

    /// When the last task ended, or when the service became ready if none has; nil while a task is active.
    var idleSince: ContinuousClock.Instant? {
        self.state.withLock { $0.active == 0 ? $0.idleSince : nil }
    }

    func submit(
        _ submission: TaskSubmission,
        from peer: Peer,
        observer: any TaskObserver
    ) -> Swift.Result<TaskID, Rejection> {
        // `active` is incremented before `submit`, because the task may end before `submit` returns.
        self.state.withLock { $0.active += 1 }
        self.metrics.taskSubmitted(by: peer)
        let entry = TrackedTask(
            accounting: self,
            observer: observer,
            label: submission.label,
            trace: submission.trace,
            mode: submission.task.mode,
            purpose: submission.task.purpose,
            peer: peer,
            audit: self.audit?.entry(submission, from: peer)
        )
        let result = self.dispatcher.submit(submission, from: peer, observer: entry)
        switch result {
        case .success(let id):
            self.accepted(entry, id)
            self.metrics.taskAccepted(bytes: submission.task.items.bytes.count)
        case .failure(let rejection):
            self.taskEnded()
            self.metrics.taskRejected(rejection, by: peer)
            self.logger.notice(
                "task rejected",
                metadata: ["peer": .stringConvertible(peer.uid), "reason": "\(rejection)"]
            )
        }
        return result
    }

    func cancel(_ id: TaskID, by peer: Peer) -> Bool {
        self.dispatcher.cancel(id, by: peer)
    }

    func tasks(visibleTo peer: Peer) -> [TaskSummary] {
        self.dispatcher.tasks(visibleTo: peer)
    }

    private func taskEnded() {
        self.state.withLock { state in
            state.active -= 1
            state.idleSince = .now
        }
    }

    /// Writes the audit line of the start unless it was written before. `submit` and `finished` both call this, because
    /// the task may end before the dispatcher has returned its id.
    private func accepted(_ entry: TrackedTask, _ id: TaskID) {
        guard let audit = self.audit, let lines = entry.audit else { return }
        if !entry.isAudited.exchange(true, ordering: .relaxed) { audit.accepted(lines, id) }
    }

    private func finished(_ entry: TrackedTask, _ outcome: TaskOutcome, _ id: TaskID) {
        self.taskEnded()
        self.metrics.taskFinished(outcome, of: entry.peer)
        // Checks are left out of the history, because they do not run the code.
        if entry.purpose == .run {
            self.history.record(outcome, id, label: entry.label, mode: entry.mode, peer: entry.peer)
        }
        self.accepted(entry, id)
        if let lines = entry.audit { self.audit?.ended(lines, outcome, id) }
        self.logger.info("task ended", metadata: Self.metadata(entry, outcome, id))
    }

    private static func metadata(_ entry: TrackedTask, _ outcome: TaskOutcome, _ id: TaskID) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "task.id": "\(id)", "peer": .stringConvertible(entry.peer.uid), "mode": "\(entry.mode.name)",
            "outcome": "\(outcome.name)",
            "queued_ms": .stringConvertible(LogNumber(milliseconds: outcome.usage.queued)),
            "wall_ms": .stringConvertible(LogNumber(milliseconds: outcome.usage.wall)),
            "cpu_ms": .stringConvertible(LogNumber(milliseconds: outcome.usage.cpu)),
            "max_rss_bytes": .stringConvertible(outcome.usage.peakResidentBytes),
        ]
        if let label = entry.label { metadata["label"] = "\(label)" }
        if let trace = entry.trace {
            metadata["trace.id"] = "\(trace.traceID)"
            metadata["trace.parent"] = "\(trace.parentID)"
            metadata["trace.span"] = "\(TraceContext.span(of: id))"
        }
        return metadata
    }

    /// One task from its submission to its end. It is the dispatcher's observer and forwards events to the front end's
    /// observer.
    private final class TrackedTask: TaskObserver {
        let accounting: TaskAccounting
        let observer: any TaskObserver
        let label: String?
        let trace: TraceContext?
        let mode: TaskMode
        let purpose: TaskPurpose
        let peer: Peer
        /// What the audit lines say; nil without an audit log.
        let audit: AuditLog.Entry?
        /// Whether the audit line of the start was written.
        let isAudited = Atomic(false)

        init(
            accounting: TaskAccounting,
            observer: any TaskObserver,
            label: String?,
            trace: TraceContext?,
            mode: TaskMode,
            purpose: TaskPurpose,
            peer: Peer,
            audit: AuditLog.Entry?
        ) {
            self.accounting = accounting
            self.observer = observer
            self.label = label
            self.trace = trace
            self.mode = mode
            self.purpose = purpose
            self.peer = peer
            self.audit = audit
        }

        func taskEmitted(_ event: TaskEvent, _ id: TaskID) {
            self.observer.taskEmitted(event, id)
        }

        func taskFinished(_ outcome: TaskOutcome, _ id: TaskID) {
            // The response goes first, so that the client does not wait for the log line.
            self.observer.taskFinished(outcome, id)
            self.accounting.finished(self, outcome, id)
        }
    }
}
