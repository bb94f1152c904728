import Synchronization
import Tasks
import Testing

@testable import Dispatcher

@Suite struct TaskDispatcherTests {
    private static let peer = Peer(uid: 1000, isPrivileged: false)

    @Test func aTaskThatIsCancelledBeforeTheExecutorKnowsOfItIsStoppedAllTheSame() throws {
        let executor = SlowExecutor()
        let dispatcher = Self.dispatcher(executor)
        // What another thread may do at that moment.
        executor.beforeItKnows = { id in
            #expect(dispatcher.cancel(id, by: Self.peer))
        }
        let id = try dispatcher.submit(TaskSubmission(PythonTask(code: [])), from: Self.peer, observer: Nobody()).get()
        #expect(executor.running == [id])
        #expect(executor.stopped == [id])
    }

    @Test func aTaskThatNobodyCancelsIsNotStopped() throws {
        let executor = SlowExecutor()
        let dispatcher = Self.dispatcher(executor)
        let id = try dispatcher.submit(TaskSubmission(PythonTask(code: [])), from: Self.peer, observer: Nobody()).get()
        #expect(executor.running == [id])
        #expect(executor.stopped.isEmpty)
    }

    @Test func aRunTimeIsClampedToTheLimitThatIsInForceAtSubmission() {
        let executor = SlowExecutor()
        let dispatcher = Self.dispatcher(executor, capacity: 4)
        func submit(_ timeout: Duration?) {
            _ = dispatcher.submit(
                TaskSubmission(PythonTask(code: []), timeout: timeout),
                from: Self.peer,
                observer: Nobody()
            )
        }
        submit(nil)
        submit(.milliseconds(5))
        submit(.seconds(500))
        dispatcher.setTaskTimeout(.seconds(100))
        submit(.seconds(500))
        #expect(executor.timeouts == [.seconds(1), .milliseconds(5), .seconds(1), .seconds(100)])
    }

    @Test func aTaskThatWaitsKeepsTheRunTimeItWasSubmittedWith() throws {
        let executor = SlowExecutor()
        let dispatcher = Self.dispatcher(executor)
        let first = try dispatcher.submit(TaskSubmission(PythonTask(code: [])), from: Self.peer, observer: Nobody())
            .get()
        _ = dispatcher.submit(TaskSubmission(PythonTask(code: [])), from: Self.peer, observer: Nobody())
        dispatcher.setTaskTimeout(.seconds(100))
        executor.finish(first)
        #expect(executor.timeouts == [.seconds(1), .seconds(1)])
        // The control: the limit did change.
        let second = try #require(executor.running.last)
        _ = dispatcher.submit(TaskSubmission(PythonTask(code: [])), from: Self.peer, observer: Nobody())
        executor.finish(second)
        #expect(executor.timeouts.last == .seconds(100))
    }

    @Test func waitingTasksStartWhenTheShareOfTheirUserIsRaised() throws {
        let executor = SlowExecutor()
        var configuration = DispatcherConfiguration(
            maximumConcurrency: 4,
            maximumConcurrencyPerUser: 1,
            queueLimit: 5,
            taskTimeout: .seconds(1)
        )
        let memory = UserMemory(.init(perUser: 1000, answer: 1))
        let dispatcher = TaskDispatcher(executor: executor, memory: memory, configuration: configuration)
        for _ in 0..<3 {
            _ = dispatcher.submit(TaskSubmission(PythonTask(code: [])), from: Self.peer, observer: Nobody())
        }
        #expect(executor.running.count == 1)
        configuration.maximumConcurrencyPerUser = 2
        dispatcher.apply(configuration)
        #expect(executor.running.count == 1)
        dispatcher.startWaiting()
        #expect(executor.running.count == 2)
        #expect(dispatcher.load == (waiting: 1, running: 2))
    }

    @Test func theMemoryOfAnAnswerIsHeldForAsLongAsTheFrontEndKeepsItsReservation() throws {
        let executor = SlowExecutor()
        let memory = UserMemory(.init(perUser: 20, answer: 10))
        let dispatcher = Self.dispatcher(executor, capacity: 1, memory: memory)
        let keeper = Keeper()
        func submit(_ observer: any TaskObserver) throws -> TaskID {
            try dispatcher.submit(TaskSubmission(PythonTask(code: [])), from: Self.peer, observer: observer).get()
        }
        // The control: an observer that keeps nothing holds nothing.
        executor.finish(try submit(Nobody()))
        #expect(memory.kept(for: Self.peer.uid) == 0)
        executor.finish(try submit(keeper))
        executor.finish(try submit(keeper))
        #expect(memory.kept(for: Self.peer.uid) == 20)
        let third = try submit(keeper)
        #expect(!executor.running.contains(third))
        keeper.releaseOne()
        #expect(executor.running.last == third)
        keeper.releaseOne()
        executor.finish(third)
        keeper.releaseOne()
        #expect(memory.kept(for: Self.peer.uid) == 0)
    }

    private static func dispatcher(
        _ executor: SlowExecutor,
        capacity: Int = 1,
        memory: UserMemory = UserMemory(.init(perUser: 1000, answer: 1))
    ) -> TaskDispatcher {
        TaskDispatcher(
            executor: executor,
            memory: memory,
            configuration: DispatcherConfiguration(
                maximumConcurrency: capacity,
                queueLimit: 1,
                taskTimeout: .seconds(1)
            )
        )
    }
}

/// Runs nothing, and as every executor knows of a task only some time after it was called.
private final class SlowExecutor: TaskExecutor {
    private struct State {
        var running: [TaskID] = []
        var stopped: [TaskID] = []
        var timeouts: [Duration] = []
        var observers: [TaskID: any TaskObserver] = [:]
        var beforeItKnows: @Sendable (TaskID) -> Void = { _ in }
    }

    private let state = Mutex(State())

    var running: [TaskID] { self.state.withLock(\.running) }
    /// Those that were stopped while they ran.
    var stopped: [TaskID] { self.state.withLock(\.stopped) }

    var timeouts: [Duration] { self.state.withLock(\.timeouts) }

    var beforeItKnows: @Sendable (TaskID) -> Void {
        get { self.state.withLock(\.beforeItKnows) }
        set { self.state.withLock { $0.beforeItKnows = newValue } }
    }

    func execute(_ assignment: TaskAssignment, observer: any TaskObserver) {
        self.beforeItKnows(assignment.id)
        self.state.withLock { state in
            state.running.append(assignment.id)
            state.timeouts.append(assignment.timeout)
            state.observers[assignment.id] = observer
        }
    }

    func finish(_ id: TaskID) {
        self.state.withLock { $0.observers[id] }?.taskFinished(TaskOutcome(result: .items([])), id)
    }

    func stop(_ id: TaskID, for reason: StopReason) {
        self.state.withLock { state in
            if state.running.contains(id) { state.stopped.append(id) }
        }
    }
}

/// A front end whose clients do not read.
private final class Keeper: TaskObserver {
    private let reservations = Mutex<[AnswerReservation]>([])

    func taskEmitted(_ event: TaskEvent, _ id: TaskID) {}

    func taskFinished(_ outcome: TaskOutcome, _ id: TaskID) {
        guard let reservation = outcome.reservation else { return }
        self.reservations.withLock { $0.append(reservation) }
    }

    func releaseOne() {
        self.reservations.withLock { $0.popLast() }?.release()
    }
}

private final class Nobody: TaskObserver {
    func taskEmitted(_ event: TaskEvent, _ id: TaskID) {}
    func taskFinished(_ outcome: TaskOutcome, _ id: TaskID) {}
}
