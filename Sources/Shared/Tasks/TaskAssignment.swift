/// A task on its way to a worker.
public struct TaskAssignment: Sendable {
    public var id: TaskID
    public var task: PythonTask
    /// How long the task may run, counted from the moment when it is sent to a worker.
    public var timeout: Duration

    public init(id: TaskID, task: PythonTask, timeout: Duration) {
        self.id = id
        self.task = task
        self.timeout = timeout
    }
}
