import Synchronization
public import Tasks

/// Accepts tasks from front ends and passes them to the executor when a slot is free, fairly among users. It guarantees
/// exactly one outcome for every accepted task.
///
/// ``DispatcherStateMachine`` decides under the lock; the executor and observers are called after the lock is released.
/// Thread-safe.
public final class TaskDispatcher: TaskDispatching {
    private typealias Machine = DispatcherStateMachine<DispatchedTask>

    private struct State {
        var machine: Machine
        /// The default and largest run time of a task.
        var taskTimeout: Duration
        var generator = SystemRandomNumberGenerator()
        var drained: [CheckedContinuation<Void, Never>] = []
        /// Tasks whose outcome is being delivered. They are no longer listed and cannot be cancelled, but still hold their
        /// slots.
        var delivering: Set<TaskID> = []
    }

    private let executor: any TaskExecutor
    private let memory: UserMemory
    private let state: Mutex<State>

    /// - Parameters:
    ///   - executor: Runs the tasks.
    ///   - memory: The memory accounts that answers are reserved in.
    ///   - configuration: The limits of the dispatcher.
    public init(executor: any TaskExecutor, memory: UserMemory, configuration: DispatcherConfiguration) {
        self.executor = executor
        self.memory = memory
        self.state = Mutex(
            State(
                machine: Machine(
                    capacity: configuration.maximumConcurrency,
                    capacityPerUser: configuration.maximumConcurrencyPerUser,
                    queueLimit: configuration.queueLimit,
                    ratePerUser: configuration.ratePerUser
                ),
                taskTimeout: configuration.taskTimeout
            )
        )
    }

    /// Applies the settings that a reload may change: the run time of tasks, and how many tasks one user may run at once and
    /// submit in a minute. It starts no task; ``startWaiting()`` does.
    public func apply(_ configuration: DispatcherConfiguration) {
        self.state.withLock { state in
            state.taskTimeout = configuration.taskTimeout
            state.machine.setCapacity(perUser: configuration.maximumConcurrencyPerUser)
            state.machine.setRate(perUser: configuration.ratePerUser)
        }
    }

    /// Starts the waiting tasks that may run since a limit was raised.
    public func startWaiting() {
        let entries = self.state.withLock { $0.machine.resumed(at: .now, reserve: self.memory.reserveAnswer) }
        for entry in entries { self.start(entry) }
    }

    /// Sets the default and largest run time of tasks that are submitted from now on.
    public func setTaskTimeout(_ timeout: Duration) {
        self.state.withLock { $0.taskTimeout = timeout }
    }

    public func submit(
        _ submission: TaskSubmission,
        from peer: Peer,
        observer: any TaskObserver
    ) -> Swift.Result<TaskID, Rejection> {
        let now = ContinuousClock.now
        let task = DispatchedTask(submission: submission, observer: observer, dispatcher: self)
        let (id, action) = self.state.withLock { state in
            let id = TaskID(using: &state.generator)
            task.timeout = min(submission.timeout ?? state.taskTimeout, state.taskTimeout)
            let action = state.machine.submitted(
                id,
                task,
                label: submission.label,
                mode: submission.task.mode,
                from: peer,
                at: now,
                reserve: self.memory.reserveAnswer
            )
            return (id, action)
        }
        switch action {
        case .start(let entry): self.start(entry)
        case .wait: break
        case .reject(let rejection): return .failure(rejection)
        }
        return .success(id)
    }

    public func cancel(_ id: TaskID, by peer: Peer) -> Bool {
        let action = self.state.withLock { state in
            state.delivering.contains(id) ? .unknown : state.machine.cancelled(id, by: peer)
        }
        return self.run(action, for: .cancelled)
    }

    public func tasks(visibleTo peer: Peer) -> [TaskSummary] {
        let now = ContinuousClock.now
        var tasks = self.state.withLock { state in
            state.machine.tasks(visibleTo: peer, at: now).filter { !state.delivering.contains($0.id) }
        }
        let resources = self.executor.resources(of: tasks.filter { $0.state == .running }.map(\.id))
        for index in tasks.indices { tasks[index].resources = resources[tasks[index].id] }
        return tasks
    }

    /// How many tasks wait, and how many run.
    public var load: (waiting: Int, running: Int) {
        self.state.withLock { ($0.machine.waitingCount, $0.machine.runningCount) }
    }

    /// Rejects every new task from now on, and returns when all accepted tasks have an outcome.
    ///
    /// - Parameter grace: The time after which the remaining tasks are cancelled, which gives them an outcome.
    public func drain(grace: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.drained() }
            group.addTask {
                guard (try? await Task.sleep(for: grace)) != nil else { return }
                self.cancelAll()
                await self.drained()
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// Cancels every task, waiting or running.
    public func cancelAll() {
        for action in self.state.withLock({ $0.machine.cancelledAll() }) {
            self.run(action, for: .shutdown)
        }
    }

    private func drained() async {
        await withCheckedContinuation { continuation in
            let isDrained = self.state.withLock { state in
                guard !state.machine.draining() else { return true }
                state.drained.append(continuation)
                return false
            }
            if isDrained {
                continuation.resume()
            }
        }
    }

    private func start(_ entry: Machine.Entry) {
        let submission = entry.handle.submission
        let startedAt = entry.startedAt ?? entry.acceptedAt
        entry.handle.queued = startedAt - entry.acceptedAt
        entry.handle.startedAt = startedAt
        // The closure captures only these values, so that the rest of the task is freed while the answer is still in
        // memory.
        entry.handle.reservation = AnswerReservation { [self, uid = entry.peer.uid, count = entry.reservation] in
            self.answered(uid, releasing: count)
        }
        self.executor.execute(
            TaskAssignment(id: entry.id, task: submission.task, timeout: entry.handle.timeout),
            observer: entry.handle
        )
        // Another thread may have cancelled the task between the assignment of its slot and `execute`. The executor ignored
        // that stop, because it did not have the task yet, so the stop is repeated here.
        if self.state.withLock({ $0.machine.isStopping(entry.id) }) {
            self.executor.stop(entry.id, for: .cancelled)
        }
    }

    @discardableResult
    private func run(_ action: Machine.CancelAction, for reason: StopReason) -> Bool {
        switch action {
        case .finish(let entry):
            let failure = TaskFailure(.cancelled, message: "the task was cancelled before it began")
            let queued = ContinuousClock.now - entry.acceptedAt
            entry.handle.observer.taskFinished(
                TaskOutcome(result: .failure(failure), usage: TaskUsage(queued: queued)),
                entry.id
            )
            self.resumeIfDrained()
            return true
        case .stop(let id):
            self.executor.stop(id, for: reason)
            return true
        case .unknown:
            return false
        }
    }

    /// Called before the front end gets the outcome: a client that has the outcome must not find the task in a list
    /// afterwards.
    func outcomeArrived(_ id: TaskID) {
        self.state.withLock { _ = $0.delivering.insert(id) }
    }

    /// Called after the front end has the outcome: frees the slot and starts the next tasks.
    func finished(_ id: TaskID) {
        let now = ContinuousClock.now
        let action = self.state.withLock { state in
            state.delivering.remove(id)
            return state.machine.finished(id, at: now, reserve: self.memory.reserveAnswer)
        }
        for entry in action.start {
            self.start(entry)
        }
        if action.isDrained {
            self.resumeIfDrained()
        }
    }

    /// Called when the answer of a task was written or its client has disconnected: the user may then start another task.
    private func answered(_ uid: UInt32, releasing reservation: Int) {
        self.memory.releaseAnswer(reservation, for: uid)
        let entries = self.state.withLock { state in
            state.machine.answered(uid, at: .now, reserve: self.memory.reserveAnswer)
        }
        for entry in entries { self.start(entry) }
    }

    private func resumeIfDrained() {
        let waiters = self.state.withLock { state in
            guard state.machine.isIdle else { return [] as [CheckedContinuation<Void, Never>] }
            defer { state.drained = [] }
            return state.drained
        }
        for waiter in waiters {
            waiter.resume()
        }
    }
}
