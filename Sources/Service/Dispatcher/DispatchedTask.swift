import Tasks

/// The observer of one accepted task between the executor and the front end. It adds the times that the dispatcher measures
/// to the outcome, and tells the dispatcher when the task has ended.
///
/// The dispatcher's state machine holds it until the task has ended, and the executor holds it while the task runs.
final class DispatchedTask: TaskObserver, @unchecked Sendable {
    let submission: TaskSubmission
    let observer: any TaskObserver
    private let dispatcher: TaskDispatcher
    /// These four properties are written once, before the executor gets this object, and only read afterwards, so they need
    /// no lock. The exception is `reservation`, which `taskFinished` moves into the outcome.
    var timeout: Duration = .zero
    var queued: Duration = .zero
    var startedAt: ContinuousClock.Instant?
    var reservation: AnswerReservation?
    /// The time from the assignment of the slot to the worker's start. Accessed only in calls of the executor, which never
    /// overlap.
    private var start: Duration?

    init(submission: TaskSubmission, observer: any TaskObserver, dispatcher: TaskDispatcher) {
        self.submission = submission
        self.observer = observer
        self.dispatcher = dispatcher
    }

    func taskEmitted(_ event: TaskEvent, _ id: TaskID) {
        if case .started = event { self.start = self.startedAt.map { .now - $0 } }
        self.observer.taskEmitted(event, id)
    }

    func taskFinished(_ outcome: TaskOutcome, _ id: TaskID) {
        var outcome = outcome
        outcome.usage.queued = self.queued
        outcome.usage.start = self.start
        outcome.reservation = self.reservation.take()
        // `finished` gives the slot to the next task, so it comes after the response: the response does not wait for that
        // task's start.
        self.dispatcher.outcomeArrived(id)
        self.observer.taskFinished(outcome, id)
        self.dispatcher.finished(id)
    }
}
