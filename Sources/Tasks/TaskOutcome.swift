/// How a task ended.
public struct TaskOutcome: Sendable {
    /// What came of it.
    public enum Result: Sendable {
        /// The items: one well-formed JSON array of objects (for n8n's dialect any one value) on one line, checked by the
        /// pool, to be passed on as it is.
        case items(ArraySlice<UInt8>)
        /// The answer to a check.
        case checked(CheckReport)
        case failure(TaskFailure)
    }

    public var result: Result
    /// Whether prints were cut off at the log limit.
    public var logsTruncated: Bool
    public var usage: TaskUsage
    /// What ended the worker; nil when it answered, or never had the task.
    public var kill: KillReason?

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

/// What a check found: everything the policy refuses, and advice.
public struct CheckReport: Equatable, Sendable {
    public var violations: [PolicyViolation]
    public var hints: [CodeHint]

    public init(violations: [PolicyViolation] = [], hints: [CodeHint] = []) {
        self.violations = violations
        self.hints = hints
    }
}

/// What a task cost.
public struct TaskUsage: Equatable, Sendable {
    /// From acceptance until a worker was handed the task.
    public var queued: Duration
    /// From then until its outcome was known, as the broker saw it.
    public var wall: Duration
    /// User and system time: the worker's own word when it answered, the kernel's otherwise.
    public var cpu: Duration
    /// The largest resident set, in bytes.
    public var peakResidentBytes: Int
    /// From when the task had a slot until its worker began it; nil when no worker did.
    public var start: Duration?
    /// Where the time in the worker went; nil when it did not answer.
    public var phases: TaskPhases?

    public init(
        queued: Duration = .zero,
        wall: Duration = .zero,
        cpu: Duration = .zero,
        peakResidentBytes: Int = 0,
        start: Duration? = nil,
        phases: TaskPhases? = nil
    ) {
        self.queued = queued
        self.wall = wall
        self.cpu = cpu
        self.peakResidentBytes = peakResidentBytes
        self.start = start
        self.phases = phases
    }
}

/// A worker's own word of where its time with a task went.
public struct TaskPhases: Equatable, Sendable {
    /// Making objects of the items.
    public var decode: Duration
    /// Compiling the code, holding it against the policy and running it.
    public var run: Duration
    /// Making text of the result.
    public var encode: Duration

    public init(decode: Duration = .zero, run: Duration = .zero, encode: Duration = .zero) {
        self.decode = decode
        self.run = run
        self.encode = encode
    }
}
