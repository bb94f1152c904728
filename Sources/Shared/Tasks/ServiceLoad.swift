/// The state and the load of the service at one moment.
public struct ServiceLoad: Equatable, Sendable {
    /// Whether tasks are accepted.
    public var isReady: Bool
    /// The time since the service started.
    public var uptime: Duration
    /// The number of running tasks of all users.
    public var running: Int
    /// The number of tasks of all users that wait for a slot.
    public var waiting: Int
    /// The connection to n8n's task broker; nil where none is configured.
    public var taskBroker: TaskBroker?

    public struct TaskBroker: Equatable, Sendable {
        public var isConnected: Bool
        /// Whether this service is registered with the task broker, which may then send tasks.
        public var isRegistered: Bool
        /// The number of tasks from the task broker that have not ended.
        public var tasks: Int

        public init(isConnected: Bool, isRegistered: Bool, tasks: Int) {
            self.isConnected = isConnected
            self.isRegistered = isRegistered
            self.tasks = tasks
        }
    }

    public init(
        isReady: Bool = false,
        uptime: Duration = .zero,
        running: Int = 0,
        waiting: Int = 0,
        taskBroker: TaskBroker? = nil
    ) {
        self.isReady = isReady
        self.uptime = uptime
        self.running = running
        self.waiting = waiting
        self.taskBroker = taskBroker
    }
}
