import Tasks

/// What the pool is to do with its workers and the tasks that wait for one. Decided by ``WorkerAllocation``, carried out by
/// ``WorkerPool``.
enum WorkerAction<Job: Sendable>: Sendable {
    /// Fork a worker.
    case fork(WorkerID, ForkServerID)
    case assign(WorkerID, PendingTask<Job>)
    /// Kill a worker that has no task.
    case discard(WorkerID)
    /// Tell the connection of this worker that the worker's exit will never be reported, because the fork server is
    /// gone.
    case orphan(WorkerID)
    case stopTask(WorkerID, StopReason)
    case fail(PendingTask<Job>, TaskFailure)
    /// Call ``PoolStateMachine/refillDue()`` after this time.
    case scheduleRefill(Duration)
}
