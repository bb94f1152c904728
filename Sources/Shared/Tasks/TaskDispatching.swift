/// The interface of the dispatcher that front ends use. Callable from any thread; never blocks.
public protocol TaskDispatching: AnyObject, Sendable {
    /// Accepts a task, or rejects it. The observer may be called before this returns.
    func submit(
        _ submission: TaskSubmission,
        from peer: Peer,
        observer: any TaskObserver
    ) -> Swift.Result<TaskID, Rejection>

    /// Cancels a task of `peer`'s, queued or running; its outcome is still delivered.
    ///
    /// - Returns: Whether there is such a task that `peer` may cancel.
    func cancel(_ id: TaskID, by peer: Peer) -> Bool

    /// The tasks that `peer` may see, oldest first.
    func tasks(visibleTo peer: Peer) -> [TaskSummary]
}
