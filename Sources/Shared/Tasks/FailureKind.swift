/// The ways in which a task can end without success. A rejected task has no kind: it was never accepted (see ``Rejection``).
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
