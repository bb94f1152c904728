/// A task as a client submits it: the task itself, and options of the client that the worker does not need.
public struct TaskSubmission: Sendable {
    public var task: PythonTask
    /// The run time that the client asks for, counted from the start of the run. It is capped at the configured limit; nil
    /// means that limit.
    public var timeout: Duration?
    /// A name for logs and task lists, chosen by the client.
    public var label: String?
    /// The trace that the client's request belongs to.
    public var trace: TraceContext?

    public init(_ task: PythonTask, timeout: Duration? = nil, label: String? = nil, trace: TraceContext? = nil) {
        self.task = task
        self.timeout = timeout
        self.label = label
        self.trace = trace
    }
}
