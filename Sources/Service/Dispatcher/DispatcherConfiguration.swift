/// The limits of the dispatcher. The daemon makes them from the settings.
public struct DispatcherConfiguration: Equatable, Sendable {
    /// How many tasks run at once.
    public var maximumConcurrency: Int
    /// How many tasks of one user run at once.
    public var maximumConcurrencyPerUser: Int
    /// How many tasks may wait; further tasks are rejected.
    public var queueLimit: Int
    /// How many tasks one user may submit in a minute; nil means no limit.
    public var ratePerUser: Int?
    /// The default and largest run time of a task.
    public var taskTimeout: Duration

    /// - Parameters:
    ///   - maximumConcurrency: How many tasks run at once.
    ///   - maximumConcurrencyPerUser: How many tasks of one user run at once; nil means `maximumConcurrency`.
    ///   - queueLimit: How many tasks may wait; further tasks are rejected.
    ///   - ratePerUser: How many tasks one user may submit in a minute; nil means no limit.
    ///   - taskTimeout: The default and largest run time of a task.
    public init(
        maximumConcurrency: Int,
        maximumConcurrencyPerUser: Int? = nil,
        queueLimit: Int,
        ratePerUser: Int? = nil,
        taskTimeout: Duration
    ) {
        self.maximumConcurrency = maximumConcurrency
        self.maximumConcurrencyPerUser = min(maximumConcurrencyPerUser ?? maximumConcurrency, maximumConcurrency)
        self.queueLimit = queueLimit
        self.ratePerUser = ratePerUser
        self.taskTimeout = taskTimeout
    }
}
