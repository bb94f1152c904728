/// What ended a worker that had a task and had not answered.
public enum KillReason: String, Sendable, CaseIterable {
    /// The task's time was up.
    case timeout
    /// Whoever sent the task, or an administrator, gave it up.
    case cancel
    /// The service stopped, and its grace was over.
    case shutdown
    /// The limit on processor time.
    case cpu
    /// The kernel had no memory for it.
    case memory
    /// A system call for which seccomp ends a worker.
    case systemCall = "system_call"
    /// It sent more than its limits allow.
    case output
    /// It sent what is no valid answer.
    case invalidAnswer = "invalid_answer"
    /// Any other signal: a crash, or somebody's kill.
    case signal
    /// It ended its own process.
    case exit
    /// Its fork server died.
    case forkServer = "fork_server"
}
