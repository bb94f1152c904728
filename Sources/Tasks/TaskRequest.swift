import Synchronization

/// How the code of a task meets its items.
public enum TaskMode: UInt8, Sendable, CaseIterable {
    /// The code runs once and sees every item as `_items`.
    case allItems = 0
    /// The code runs once for each item and sees it as `_item`.
    case eachItem = 1

    /// The mode's name in the HTTP API.
    public var name: String {
        switch self {
        case .allItems: "all_items"
        case .eachItem: "each_item"
        }
    }

    /// The mode of that name in the HTTP API, if there is one.
    public init?(name: String) {
        guard let mode = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = mode
    }
}

/// What is asked of a worker.
public enum TaskPurpose: UInt8, Sendable {
    /// Run the code and answer its items.
    case run = 0
    /// Compile the code and hold it against the policy; run nothing.
    case check = 1
    /// Attack the worker's own confinement and say what held, for `terrarium doctor`. There is no code and no way for a
    /// front end to ask for it.
    case probe = 2
}

/// Whose rules a task's input and output follow.
public enum TaskDialect: UInt8, Sendable {
    /// This service's own: the HTTP API.
    case native = 0
    /// n8n's: what the code returns passes through as it is, a failure under `continueOnFail` is one item for the whole
    /// task, and prints are reported as lists of console strings.
    case n8n = 1
}

/// One piece of Python with its input, as a front end hands it to the dispatcher.
public struct TaskRequest: Sendable {
    public var purpose: TaskPurpose
    /// The author's text as UTF-8. A lone surrogate of the JSON text it came from stands here in its three-byte form,
    /// so that it is the worker's compiler which names the line it is on.
    public var code: ArraySlice<UInt8>
    /// The items: the text of one JSON array of objects, checked by the front end and never built in the broker. None
    /// after ``releaseItems()``.
    public var items: ArraySlice<UInt8> {
        get { self.heldItems.bytes }
        set { self.heldItems = HeldItems(newValue) }
    }
    public var mode: TaskMode
    /// Whether a failure that the worker reports becomes an error item instead of the task's outcome.
    public var continueOnFail: Bool
    /// The run time the client asks for; the configured limit caps it. Counts from the start of the run.
    public var timeout: Duration?
    /// A name for logs and task lists, chosen by the client.
    public var label: String?
    public var dialect: TaskDialect
    /// The text of one JSON value that the code sees as `_query`; nil when there is none. n8n's dialect only.
    public var query: ArraySlice<UInt8>?
    private var heldItems: HeldItems

    public init(
        purpose: TaskPurpose = .run,
        code: ArraySlice<UInt8>,
        items: ArraySlice<UInt8> = [0x5B, 0x5D],
        mode: TaskMode = .allItems,
        continueOnFail: Bool = false,
        timeout: Duration? = nil,
        label: String? = nil,
        dialect: TaskDialect = .native,
        query: ArraySlice<UInt8>? = nil
    ) {
        self.purpose = purpose
        self.code = code
        self.heldItems = HeldItems(items)
        self.mode = mode
        self.continueOnFail = continueOnFail
        self.timeout = timeout
        self.label = label
        self.dialect = dialect
        self.query = query
    }

    /// Lets go of the items, for everybody who has a copy of this request: the worker has them.
    public func releaseItems() {
        self.heldItems.release()
    }
}

/// Bytes that all copies of a request share, so that one of them can let go of them for all.
private final class HeldItems: Sendable {
    private let stored: Mutex<ArraySlice<UInt8>>

    init(_ bytes: ArraySlice<UInt8>) {
        self.stored = Mutex(bytes)
    }

    var bytes: ArraySlice<UInt8> { self.stored.withLock(\.self) }

    func release() {
        self.stored.withLock { $0 = [] }
    }
}
