/// A task on its way to a worker.
public struct TaskAssignment: Sendable {
    public var id: TaskID
    public var task: PythonTask
    /// How long it may run, counted from the moment a worker is handed the task.
    public var timeout: Duration

    public init(id: TaskID, task: PythonTask, timeout: Duration) {
        self.id = id
        self.task = task
        self.timeout = timeout
    }
}
