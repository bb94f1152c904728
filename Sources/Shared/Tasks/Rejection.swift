/// Why a task was rejected. A rejected task has no identifier and gets no outcome.
public enum Rejection: Error, Equatable, Sendable {
    /// As many tasks wait as `QUEUE_LIMIT` allows, or as this peer's fair share of it.
    case queueFull(limit: Int)
    /// The service is shutting down.
    case draining
}
