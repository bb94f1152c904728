/// A ``TaskObserver`` that reports the outcome and ignores all events.
public final class OutcomeWaiter: TaskObserver {
    private let finished: @Sendable (TaskOutcome) -> Void

    /// Calls `finished` once, with the outcome.
    public init(_ finished: @escaping @Sendable (TaskOutcome) -> Void) {
        self.finished = finished
    }

    public func taskEmitted(_ event: TaskEvent, _ id: TaskID) {}

    public func taskFinished(_ outcome: TaskOutcome, _ id: TaskID) {
        self.finished(outcome)
    }
}
