public import Tasks

/// A message from a worker to the broker.
public enum WorkerFrame: Sendable {
    /// The worker is confined, has done its warm-up run, and waits for a task.
    case ready
    /// The task has arrived and is about to run. If the worker dies before this frame, another worker may run the task.
    /// If it dies later, the task fails, because the code may have run in part.
    case started
    case log(LogStream, String)
    /// One print as the text of a JSON array of strings, not yet checked.
    case console(ArraySlice<UInt8>)
    case progress(done: Int, total: Int)
    /// Modules of packages that the task imported and its fork server had not loaded. At most one such frame comes, before
    /// the result.
    case imported([String])
    /// In each-item mode, finished items that the result will not repeat: the text of an array, not yet checked.
    case items(ArraySlice<UInt8>)
    /// The result's text, not yet checked.
    case result(ReportedUsage, ArraySlice<UInt8>)
    case report(ReportedUsage, CheckReport)
    case failure(ReportedUsage, TaskFailure)
    /// The answer to a soft stop. Raw text of the interpreter's stack follows until the end of the stream.
    case stopped

    enum Kind: UInt8 {
        case ready = 1
        case started = 2
        case log = 3
        case progress = 4
        case result = 5
        case report = 6
        case failure = 7
        case stopped = 8
        case console = 9
        case items = 10
        case imported = 11
    }

    /// The most text in one log frame, in bytes.
    public static let maximumLogText = 64 * 1024
    /// The largest report or failure, in bytes; ``encoded`` cuts texts and lists to stay below.
    public static let maximumReport = 1024 * 1024
    /// The most violations, and the most hints, in one report.
    public static let maximumFindings = 1000

    /// The most modules that one frame names, and the most bytes of a name; ``encoded`` leaves out what exceeds them.
    public static let maximumImports = 16
    public static let maximumImportName = 128

    /// The bytes of a ``stopped`` frame, for the signal handler that sends them.
    public static let stoppedHeader = FrameHeader(kind: Kind.stopped.rawValue, length: 0).bytes

    static let usageSize = 40

    static func limit(_ kind: Kind, output: Int) -> Int {
        switch kind {
        case .ready, .started, .stopped: 0
        case .log: 1 + Self.maximumLogText
        case .console: Self.maximumLogText
        case .progress: 16
        // Each text and the list have a length of four bytes.
        case .imported: 4 + Self.maximumImports * (4 + Self.maximumImportName)
        // The items may take `output` bytes without the closing bracket, which the worker adds when it sends them.
        case .items: output + 1
        case .result: Self.usageSize + output
        case .report, .failure: Self.maximumReport
        }
    }
}
