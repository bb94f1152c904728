/// Why a task failed, with the texts that its author reads.
public struct TaskFailure: Error, Equatable, Sendable {
    public var kind: FailureKind
    /// What happened, and where it helps, what to do. One line unless the exception's own text has more.
    public var message: String
    /// The exception's type, such as `KeyError`.
    public var type: String?
    /// The line in the submitted code, counted from 1.
    public var line: Int?
    /// The column in the submitted code, counted from 1 in code points.
    public var column: Int?
    /// The text of `line`.
    public var sourceLine: String?
    /// A traceback in the format of Python, with only the frames of the submitted code.
    public var traceback: String?
    /// In each-item mode, the index (from 0) of the item that was being processed.
    public var itemIndex: Int?
    /// A suggestion for the author: what was most likely meant.
    public var hint: String?
    /// The text of the exception's attribute `description`, which n8n shows below the message. Nil for other front ends.
    public var exceptionDescription: String?
    /// All constructs that the policy refused; empty for every other kind.
    public var violations: [PolicyViolation]

    public init(
        _ kind: FailureKind,
        message: String,
        type: String? = nil,
        line: Int? = nil,
        column: Int? = nil,
        sourceLine: String? = nil,
        traceback: String? = nil,
        itemIndex: Int? = nil,
        hint: String? = nil,
        exceptionDescription: String? = nil,
        violations: [PolicyViolation] = []
    ) {
        self.kind = kind
        self.message = message
        self.type = type
        self.line = line
        self.column = column
        self.sourceLine = sourceLine
        self.traceback = traceback
        self.itemIndex = itemIndex
        self.hint = hint
        self.exceptionDescription = exceptionDescription
        self.violations = violations
    }
}
