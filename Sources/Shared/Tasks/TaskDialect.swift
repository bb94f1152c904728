/// The conventions for a task's input and output. They depend on the front end that the task comes from.
public enum TaskDialect: UInt8, Sendable {
    /// The HTTP API of this service.
    case native = 0
    /// n8n's runner protocol. The returned value is passed on unchanged. With `continueOnFail`, a failure becomes one
    /// item for the whole task. Each print is reported as a list of strings.
    case n8n = 1
}
