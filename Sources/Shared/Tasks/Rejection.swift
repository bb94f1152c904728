/// Why a task was rejected. A rejected task has no identifier and gets no outcome.
public enum Rejection: Error, Equatable, Sendable {
    /// As many tasks wait as `QUEUE_LIMIT` allows, or the peer's waiting tasks have reached its fair share of that limit.
    case queueFull(limit: Int)
    /// The peer has submitted as many tasks in a minute as `RATE_PER_USER` allows. The next one is accepted after
    /// `retryAfter`.
    case tooManyTasks(perMinute: Int, retryAfter: Duration)
    /// The service is shutting down.
    case draining
}
