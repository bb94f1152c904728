/// Why a running task is stopped.
public enum StopReason: Sendable {
    case cancelled
    /// The service stops, and the task ran for longer than `GRACEFUL_SHUTDOWN_TIMEOUT`.
    case shutdown
}
