import Tasks

/// A task that waits for a worker or has been assigned to one. `Job` is what the pool's owner needs to run or fail it.
struct PendingTask<Job: Sendable>: Sendable {
    let id: TaskID
    let job: Job
    /// Whether a worker already died before it began this task. A second such death fails the task.
    var isRetry = false
    /// Whether the task was stopped after its assignment. It is then not given to another worker.
    var isStopped = false
}
