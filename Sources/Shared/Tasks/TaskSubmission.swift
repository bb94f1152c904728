/// A task as a client submits it: the task itself, and what the client asks of the service beside it.
public struct TaskSubmission: Sendable {
    public var task: PythonTask
    /// The run time the client asks for, counted from the start of the run; the configured limit caps it. Nil takes that
    /// limit.
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
