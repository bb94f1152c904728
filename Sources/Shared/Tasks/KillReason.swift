/// Why a worker that had a task ended without having sent a result. The raw values are labels in the metrics.
public enum KillReason: String, Sendable, CaseIterable {
    /// The task ran for longer than its timeout.
    case timeout
    /// The client or an administrator cancelled the task.
    case cancel
    /// The service stopped, and the task ran for longer than `GRACEFUL_SHUTDOWN_TIMEOUT`.
    case shutdown
    /// The worker reached its limit on processor time.
    case cpu
    /// The kernel refused or reclaimed memory.
    case memory
    /// The worker made a system call for which seccomp kills it.
    case systemCall = "system_call"
    /// The worker sent more than its limits allow.
    case output
    /// The worker sent bytes that are not a valid frame or result.
    case invalidAnswer = "invalid_answer"
    /// Another signal ended the worker: it crashed, or was killed from outside.
    case signal
    /// The worker called exit.
    case exit
    /// The fork server of the worker died.
    case forkServer = "fork_server"
}
