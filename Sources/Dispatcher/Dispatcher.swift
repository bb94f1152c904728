public import Logging
import Synchronization
public import Tasks

/// What the dispatcher may admit.
public struct DispatcherConfiguration: Sendable {
    /// Tasks at once.
    public var maximumConcurrency: Int
    /// Tasks that wait before further ones are turned away.
    public var queueLimit: Int
    /// The default and the largest run time.
    public var taskTimeout: Duration

    public init(maximumConcurrency: Int, queueLimit: Int, taskTimeout: Duration) {
        self.maximumConcurrency = maximumConcurrency
        self.queueLimit = queueLimit
        self.taskTimeout = taskTimeout
    }
}

/// Admits tasks from front ends, hands them to the executor when a slot is free, fairly between peers, and sees to it
/// that every accepted task has exactly one outcome.
public final class TaskDispatcher: TaskDispatching {
    private typealias Machine = DispatcherStateMachine<DispatchedTask>

    private struct State {
        var machine: Machine
        var generator = SystemRandomNumberGenerator()
        var drained: [CheckedContinuation<Void, Never>] = []
        /// Tasks whose answer is on its way out: over for everybody, but for the slot that they still hold.
        var answering: Set<TaskID> = []
    }

    private let executor: any TaskExecutor
    private let configuration: DispatcherConfiguration
    private let logger: Logger
    private let state: Mutex<State>

    public init(executor: any TaskExecutor, configuration: DispatcherConfiguration, logger: Logger) {
        self.executor = executor
        self.configuration = configuration
        self.logger = logger
        self.state = Mutex(
            State(
                machine: Machine(
                    capacity: configuration.maximumConcurrency,
                    queueLimit: configuration.queueLimit
                )
            )
        )
    }

    public func submit(
        _ request: TaskRequest,
        from peer: Peer,
        observer: any TaskObserver
    ) -> Swift.Result<TaskID, Rejection> {
        let now = ContinuousClock.now
        let task = DispatchedTask(request: request, observer: observer, dispatcher: self)
        let (id, action) = self.state.withLock { state in
            let id = TaskID(using: &state.generator)
            let action = state.machine.submitted(
                id,
                task,
                label: request.label,
                mode: request.mode,
                from: peer,
                at: now
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
            state.answering.contains(id) ? .unknown : state.machine.cancelled(id, by: peer)
        }
        return self.run(action, for: .cancelled)
    }

    public func tasks(visibleTo peer: Peer) -> [TaskSummary] {
        let now = ContinuousClock.now
        return self.state.withLock { state in
            state.machine.tasks(visibleTo: peer, at: now).filter { !state.answering.contains($0.id) }
        }
    }

    /// Tasks that wait, and tasks that run.
    public var load: (waiting: Int, running: Int) {
        self.state.withLock { ($0.machine.waitingCount, $0.machine.runningCount) }
    }

    /// Turns every new task away and returns when the accepted ones have their outcomes.
    ///
    /// - Parameter grace: How long tasks may go on before they are cancelled; their outcome is delivered all the same.
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

    /// Cancels every task, queued or running.
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
        let request = entry.handle.request
        let startedAt = entry.startedAt ?? entry.acceptedAt
        entry.handle.queued = startedAt - entry.acceptedAt
        entry.handle.startedAt = startedAt
        let timeout = min(request.timeout ?? self.configuration.taskTimeout, self.configuration.taskTimeout)
        self.executor.execute(
            TaskAssignment(id: entry.id, request: request, timeout: timeout),
            observer: entry.handle
        )
        // Another thread may have cancelled it between its slot and this: the executor did not know it then.
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

    /// Whoever has the answer must not find the task in a list any more.
    fileprivate func answers(_ id: TaskID) {
        self.state.withLock { _ = $0.answering.insert(id) }
    }

    fileprivate func finished(_ id: TaskID) {
        let now = ContinuousClock.now
        let action = self.state.withLock { state in
            state.answering.remove(id)
            return state.machine.finished(id, at: now)
        }
        for entry in action.start {
            self.start(entry)
        }
        if action.isDrained {
            self.resumeIfDrained()
        }
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

/// One accepted task between its front end and the executor: passes events on, and frees the slot when it ends.
private final class DispatchedTask: TaskObserver, @unchecked Sendable {
    let request: TaskRequest
    let observer: any TaskObserver
    private let dispatcher: TaskDispatcher
    /// Written once, before the executor sees this object: hence no lock.
    var queued: Duration = .zero
    var startedAt: ContinuousClock.Instant?
    /// Written by the executor's calls, of which there are never two at once.
    private var start: Duration?

    init(request: TaskRequest, observer: any TaskObserver, dispatcher: TaskDispatcher) {
        self.request = request
        self.observer = observer
        self.dispatcher = dispatcher
    }

    func taskEmitted(_ event: TaskEvent, _ id: TaskID) {
        if case .started = event { self.start = self.startedAt.map { .now - $0 } }
        self.observer.taskEmitted(event, id)
    }

    func taskFinished(_ outcome: TaskOutcome, _ id: TaskID) {
        var outcome = outcome
        outcome.usage.queued = self.queued
        outcome.usage.start = self.start
        // The answer goes out before the slot is given on: the next task's start is not on this one's path.
        self.dispatcher.answers(id)
        self.observer.taskFinished(outcome, id)
        self.dispatcher.finished(id)
    }
}
