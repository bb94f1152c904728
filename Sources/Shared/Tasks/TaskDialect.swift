/// Which caller's conventions a task's input and output follow.
public enum TaskDialect: UInt8, Sendable {
    /// The HTTP API of this service.
    case native = 0
    /// n8n's runner protocol: the returned value is passed on unchanged, a failure under `continueOnFail` becomes one item for
    /// the whole task, and each print is reported as a list of strings.
    case n8n = 1
}
