/// How a task ended.
public struct TaskOutcome: Sendable {
    /// The items, the findings of a check, or a failure.
    public enum Result: Sendable {
        /// The items: one well-formed JSON array of objects on one line (in n8n's dialect, a JSON value of any kind).
        /// The pool has checked it, and it is passed on unchanged.
        case items(ArraySlice<UInt8>)
        /// The answer to a check.
        case checked(CheckReport)
        case failure(TaskFailure)
    }

    public var result: Result
    /// In each-item mode, the items that were finished before a failure: one JSON array like the result. Nil when there
    /// are no such items, or they were sent as events.
    public var partialItems: ArraySlice<UInt8>?
    /// Whether prints were cut off at the log limit.
    public var logsTruncated: Bool
    public var usage: TaskUsage
    /// Why the worker was killed or ended; nil when it sent a result, or never had the task.
    public var kill: KillReason?
    /// The memory that the dispatcher reserved for the answer; nil if it reserved none.
    public var reservation: AnswerReservation?

    public init(
        result: Result,
        logsTruncated: Bool = false,
        usage: TaskUsage = TaskUsage(),
        kill: KillReason? = nil
    ) {
        self.result = result
        self.logsTruncated = logsTruncated
        self.usage = usage
        self.kill = kill
    }

    /// `succeeded`, or the name of the failure's kind.
    public var name: String {
        switch self.result {
        case .items, .checked: "succeeded"
        case .failure(let failure): failure.kind.name
        }
    }
}
