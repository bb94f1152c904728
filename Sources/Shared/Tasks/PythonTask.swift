/// Python code with its input and the rules it runs under. A front end reads it, the dispatcher queues it, the wire
/// carries it and a worker runs it. The time that it may run is not part of it: see ``TaskSubmission`` and
/// ``TaskAssignment``.
public struct PythonTask: Sendable {
    public var purpose: TaskPurpose
    /// The submitted code as UTF-8. A lone surrogate in the JSON of the request is encoded as three bytes (WTF-8), so
    /// that the worker's compiler reports its line.
    public var code: ArraySlice<UInt8>
    /// Shared by all copies of this task.
    public var items: TaskItems
    public var mode: TaskMode
    /// Whether a failure that the worker reports becomes an error item instead of the task's outcome.
    public var continueOnFail: Bool
    public var dialect: TaskDialect
    /// Whether finished items are sent as events and are not part of the outcome. Only for each-item mode of the native
    /// dialect.
    public var streamsItems = false
    /// The text of one JSON value that the code sees as `_query`; nil when the submission has no query. Only for n8n's dialect.
    public var query: ArraySlice<UInt8>?

    public init(
        purpose: TaskPurpose = .run,
        code: ArraySlice<UInt8>,
        items: TaskItems = TaskItems(),
        mode: TaskMode = .allItems,
        continueOnFail: Bool = false,
        dialect: TaskDialect = .native,
        query: ArraySlice<UInt8>? = nil
    ) {
        self.purpose = purpose
        self.code = code
        self.items = items
        self.mode = mode
        self.continueOnFail = continueOnFail
        self.dialect = dialect
        self.query = query
    }
}
