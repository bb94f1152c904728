public import Tasks

/// One task, as a worker hands it to its interpreter.
public struct PythonJob: Sendable {
    public var purpose: TaskPurpose
    /// The author's text as UTF-8, lone surrogates in their three-byte form.
    public var code: ArraySlice<UInt8>
    /// The text of one JSON array of objects.
    public var items: ArraySlice<UInt8>
    public var mode: TaskMode
    public var continueOnFail: Bool
    /// Whose rules the result, failures and prints follow.
    public var dialect: TaskDialect
    /// The text of one JSON value that the code sees as `_query`; nil when there is none.
    public var query: ArraySlice<UInt8>?
    /// The most bytes the encoded result may have.
    public var outputLimit: Int
    /// The memory that the task was given, in bytes, for words about its lack; nil when nobody limits it.
    public var memoryLimit: Int?

    public init(
        purpose: TaskPurpose = .run,
        code: ArraySlice<UInt8>,
        items: ArraySlice<UInt8> = [0x5B, 0x5D],
        mode: TaskMode = .allItems,
        continueOnFail: Bool = false,
        dialect: TaskDialect = .native,
        query: ArraySlice<UInt8>? = nil,
        outputLimit: Int = 64 << 20,
        memoryLimit: Int? = nil
    ) {
        self.purpose = purpose
        self.code = code
        self.items = items
        self.mode = mode
        self.continueOnFail = continueOnFail
        self.dialect = dialect
        self.query = query
        self.outputLimit = outputLimit
        self.memoryLimit = memoryLimit
    }
}

/// What became of a job.
public enum PythonJobResult {
    /// The items: the text of one JSON array of objects, in UTF-8.
    case items(OutputBuffer)
    /// The answer to a check.
    case checked(CheckReport)
    case failure(TaskFailure)
}

/// Where a running task's prints and progress go.
///
/// Called on whatever thread of the task prints, one call at a time, with the interpreter lock held: an implementation
/// must not call back into the interpreter, and while it blocks, the task stands still.
public protocol TaskSink: AnyObject {
    /// Text the task printed, as UTF-8. One call holds whole characters, and is not empty.
    func log(_ stream: LogStream, _ text: UnsafeRawBufferPointer)

    /// What one `print` of n8n's dialect printed: the text of a JSON array of strings, of at most
    /// ``longestConsoleText`` bytes.
    func console(_ arguments: UnsafeRawBufferPointer)

    /// In each-item mode: how many of the items are done. Not called for each, so that it stays cheap.
    func progress(done: Int, total: Int)
}

extension TaskSink {
    /// A sink that does not tell the two kinds of print apart gets the array as text.
    public func console(_ arguments: UnsafeRawBufferPointer) {
        unsafe self.log(.stdout, arguments)
    }

    /// The most bytes that ``console(_:)`` is called with; what a print has beyond is cut off and marked.
    public static var longestConsoleText: Int { ConsoleText.longestText }
}
