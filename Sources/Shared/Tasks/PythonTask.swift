/// One piece of Python with its input and the rules it runs under: what a front end reads, the dispatcher queues, the wire
/// carries and a worker runs. How long it may run is not part of it: see ``TaskSubmission`` and ``TaskAssignment``.
public struct PythonTask: Sendable {
    public var purpose: TaskPurpose
    /// The author's text as UTF-8. A lone surrogate in the JSON of the request is encoded as three bytes (WTF-8), so that the
    /// worker's compiler reports it with its line.
    public var code: ArraySlice<UInt8>
    /// Shared by all copies of this task.
    public var items: TaskItems
    public var mode: TaskMode
    /// Whether a failure that the worker reports becomes an error item instead of the task's outcome.
    public var continueOnFail: Bool
    public var dialect: TaskDialect
    /// Whether finished items are events, and not part of the outcome. Each-item mode of the native dialect only.
    public var streamsItems = false
    /// The text of one JSON value that the code sees as `_query`; nil when there is none. n8n's dialect only.
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
