/// Which of a task's streams a print went to.
public enum LogStream: UInt8, Sendable {
    case stdout = 1
    case stderr = 2

    public var name: String {
        switch self {
        case .stdout: "stdout"
        case .stderr: "stderr"
        }
    }
}

/// Something that happens while a task runs.
public enum TaskEvent: Sendable {
    /// A worker was handed the task.
    case started
    /// Text that the task printed. Where one chunk ends and the next begins means nothing.
    case log(LogStream, String)
    /// One print of a task of n8n's dialect: the text of one JSON array of strings on one line, checked by the pool.
    case console(ArraySlice<UInt8>)
    /// In each-item mode: how many of the items are done.
    case progress(done: Int, total: Int)
}

/// Whoever waits for a task. Called from the pool's event loops, in order, for one task never two calls at once.
///
/// Every task that was submitted without a ``Rejection`` gets exactly one call of ``taskFinished(_:_:)``, its last.
/// Implementations must not block and must not call back into the dispatcher under a lock of their own.
public protocol TaskObserver: AnyObject, Sendable {
    func taskEmitted(_ event: TaskEvent, _ id: TaskID)
    func taskFinished(_ outcome: TaskOutcome, _ id: TaskID)
}

/// Waits for a task's end and for nothing else.
public final class OutcomeWaiter: TaskObserver {
    private let finished: @Sendable (TaskOutcome) -> Void

    /// Calls `finished` once, with the outcome.
    public init(_ finished: @escaping @Sendable (TaskOutcome) -> Void) {
        self.finished = finished
    }

    public func taskEmitted(_ event: TaskEvent, _ id: TaskID) {}

    public func taskFinished(_ outcome: TaskOutcome, _ id: TaskID) {
        self.finished(outcome)
    }
}
