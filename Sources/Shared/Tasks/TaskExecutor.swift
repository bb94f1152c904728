/// The interface of the worker pool that the dispatcher uses. Callable from any thread; never blocks.
public protocol TaskExecutor: AnyObject, Sendable {
    /// Runs a task in a worker of its own. The observer gets its events and exactly one outcome, in which
    /// `usage.queued` is left for the dispatcher to fill in.
    func execute(_ assignment: TaskAssignment, observer: any TaskObserver)

    /// Stops a task that was handed to ``execute(_:observer:)``. A task that has ended already is ignored.
    func stop(_ id: TaskID, for reason: StopReason)

    /// The resources that running tasks have used so far. Tasks whose usage is not known are left out.
    func resources(of ids: [TaskID]) -> [TaskID: TaskResources]
}

extension TaskExecutor {
    public func resources(of ids: [TaskID]) -> [TaskID: TaskResources] { [:] }
}
