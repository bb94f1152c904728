/// One row of the history: a task that has ended.
public struct EndedTask: Equatable, Sendable {
    /// The position of the task among those that ended since the service started, counted from 1.
    public var number: UInt64
    public var id: TaskID
    public var label: String?
    public var mode: TaskMode
    public var peer: Peer
    /// `succeeded`, or the name of the failure's kind.
    public var outcome: String
    /// The time of the end, in milliseconds since 1970, by the clock of the machine.
    public var endedAt: Int64
    public var usage: TaskUsage
    /// What failed; nil for a task that succeeded.
    public var failure: Failure?

    /// The part of a failure that is kept.
    public struct Failure: Equatable, Sendable {
        /// The first line of the message, cut to ``maximumMessage`` bytes.
        public var message: String
        public var type: String?
        public var line: Int?
        public var itemIndex: Int?

        public static let maximumMessage = 500

        public init(message: String, type: String? = nil, line: Int? = nil, itemIndex: Int? = nil) {
            self.message = message
            self.type = type
            self.line = line
            self.itemIndex = itemIndex
        }
    }

    public init(
        number: UInt64,
        id: TaskID,
        label: String?,
        mode: TaskMode,
        peer: Peer,
        outcome: String,
        endedAt: Int64,
        usage: TaskUsage,
        failure: Failure?
    ) {
        self.number = number
        self.id = id
        self.label = label
        self.mode = mode
        self.peer = peer
        self.outcome = outcome
        self.endedAt = endedAt
        self.usage = usage
        self.failure = failure
    }
}

/// The selection of rows of the history.
public struct HistoryQuery: Equatable, Sendable {
    /// Only rows whose ``EndedTask/number`` is larger are returned.
    public var after: UInt64
    public var onlyFailures: Bool
    /// The most rows; the newest ones are returned.
    public var limit: Int

    public static let maximumLimit = 1000

    public init(after: UInt64 = 0, onlyFailures: Bool = false, limit: Int = HistoryQuery.maximumLimit) {
        self.after = after
        self.onlyFailures = onlyFailures
        self.limit = limit
    }
}

/// The answer to a ``HistoryQuery``.
public struct HistoryPage: Equatable, Sendable {
    /// The rows, oldest first.
    public var tasks: [EndedTask]
    /// The number of the task that ended last, of any user.
    public var last: UInt64

    public init(tasks: [EndedTask], last: UInt64) {
        self.tasks = tasks
        self.last = last
    }
}
