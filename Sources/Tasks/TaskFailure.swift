/// The ways a task can end without success. Being turned away is not one of them: such a task never began.
public enum FailureKind: UInt8, Sendable, CaseIterable {
    case syntaxError = 1
    case policyViolation = 2
    case pythonError = 3
    case invalidResult = 4
    case timedOut = 5
    case cancelled = 6
    case memoryExceeded = 7
    case outputExceeded = 8
    case workerDied = 9

    /// The kind's name in the HTTP API, in logs and in metrics.
    public var name: String {
        switch self {
        case .syntaxError: "syntax_error"
        case .policyViolation: "policy_violation"
        case .pythonError: "python_error"
        case .invalidResult: "invalid_result"
        case .timedOut: "timed_out"
        case .cancelled: "cancelled"
        case .memoryExceeded: "memory_exceeded"
        case .outputExceeded: "output_exceeded"
        case .workerDied: "worker_died"
        }
    }

    /// The kind of that name, if there is one.
    public init?(name: String) {
        guard let kind = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = kind
    }
}

/// Why a task failed, in the words its author reads.
public struct TaskFailure: Error, Equatable, Sendable {
    public var kind: FailureKind
    /// What happened, and where it helps, what to do. One line unless the exception's own text has more.
    public var message: String
    /// The exception's type, such as `KeyError`.
    public var type: String?
    /// The author's line, counted from 1.
    public var line: Int?
    /// The author's column, counted from 1 in code points.
    public var column: Int?
    /// The text of `line`.
    public var sourceLine: String?
    /// A traceback of the author's frames only, as Python prints one.
    public var traceback: String?
    /// In each-item mode, the item (from 0) that was being worked on.
    public var itemIndex: Int?
    /// What the author most likely meant.
    public var hint: String?
    /// What the policy refused, all at once; empty for every other kind.
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
        self.violations = violations
    }
}

/// One construct of a task's code that the policy refuses.
public struct PolicyViolation: Equatable, Sendable {
    /// The rule's short name, such as `import` or `attribute`: for an honest worker one of ``rules``.
    public var rule: String
    /// The construct as the author wrote it, such as `import os` or `.__globals__`.
    public var construct: String
    /// The author's line, counted from 1.
    public var line: Int
    /// The author's column, counted from 1 in code points.
    public var column: Int
    /// What is refused and why.
    public var message: String
    /// The setting that would allow it, or the way around it.
    public var hint: String?

    /// The names of all rules.
    public static let rules = ["attribute", "builtin", "import", "name", "pattern"]

    public init(rule: String, construct: String, line: Int, column: Int, message: String, hint: String? = nil) {
        self.rule = rule
        self.construct = construct
        self.line = line
        self.column = column
        self.message = message
        self.hint = hint
    }
}

/// Advice about code that runs but is probably not what its author meant, such as `_input.all()`.
public struct CodeHint: Equatable, Sendable {
    /// The author's line, counted from 1.
    public var line: Int
    /// The author's column, counted from 1 in code points.
    public var column: Int
    /// The construct as the author wrote it.
    public var construct: String
    /// What to write instead.
    public var message: String

    public init(line: Int, column: Int, construct: String, message: String) {
        self.line = line
        self.column = column
        self.construct = construct
        self.message = message
    }
}
