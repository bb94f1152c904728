/// Receives the events and the outcome of a task. Called on the pool's event loops, in order; the calls for one task never
/// overlap.
///
/// Every task that was submitted without a ``Rejection`` gets exactly one call of ``taskFinished(_:_:)``, which is its last
/// call. Implementations must not block, and must not call the dispatcher while they hold a lock of their own.
public protocol TaskObserver: AnyObject, Sendable {
    func taskEmitted(_ event: TaskEvent, _ id: TaskID)
    func taskFinished(_ outcome: TaskOutcome, _ id: TaskID)
}
