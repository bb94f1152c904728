import Tasks

/// Decides whether a task's print is sent while earlier prints are queued for a task broker that reads slowly. A value
/// without side effects: ``SessionHandler`` has one for each task.
///
/// Prints cannot be merged, because n8n shows one line for each. Even a short print takes about a kilobyte while it is
/// queued. When all queued prints of the connection exceed the limit, a task that has printed more than its share of the
/// limit is cut off: the next print is replaced with a marker, and further prints are dropped.
struct ConsoleBudget {
    enum Verdict: Equatable {
        case send
        /// Send the marker instead of the print. Further prints of the task are dropped.
        case cutOff
        case drop
    }

    /// The text of the marker.
    static let marker = "[the rest was cut off: n8n does not read the task's prints as fast as the task writes them]"

    /// The memory that the prints of one task may take even while the limit is exceeded.
    let share: Int
    /// The memory that the queued prints of all tasks may take.
    let limit: Int
    private var printed = 0
    private var isCutOff = false

    /// Creates the budget of one task.
    ///
    /// - Parameters:
    ///   - limit: The memory that the queued prints of all tasks may take.
    ///   - tasks: The largest number of tasks that run at once.
    init(limit: Int, tasks: Int) {
        self.limit = limit
        self.share = limit / max(1, tasks)
    }

    /// Decides whether one print is sent.
    ///
    /// - Parameters:
    ///   - bytes: The size of the print's text.
    ///   - waiting: The memory of all queued prints.
    /// - Returns: What to do with the print.
    mutating func admit(_ bytes: Int, waiting: Int) -> Verdict {
        guard !self.isCutOff else { return .drop }
        self.printed += bytes + OutgoingMessage.overhead
        guard waiting > self.limit, self.printed > self.share else { return .send }
        self.isCutOff = true
        return .cutOff
    }
}
