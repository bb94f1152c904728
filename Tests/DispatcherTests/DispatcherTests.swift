import Logging
import Synchronization
import Tasks
import Testing

@testable import Dispatcher

@Suite struct DispatcherTests {
    private static let peer = Peer(uid: 1000, isPrivileged: false)

    @Test func aTaskThatIsCancelledBeforeTheExecutorKnowsOfItIsStoppedAllTheSame() throws {
        let executor = SlowExecutor()
        let dispatcher = Self.dispatcher(executor)
        // What another thread may do at that moment.
        executor.beforeItKnows = { id in
            #expect(dispatcher.cancel(id, by: Self.peer))
        }
        let id = try dispatcher.submit(TaskRequest(code: []), from: Self.peer, observer: Nobody()).get()
        #expect(executor.running == [id])
        #expect(executor.stopped == [id])
    }

    @Test func aTaskThatNobodyCancelsIsNotStopped() throws {
        let executor = SlowExecutor()
        let dispatcher = Self.dispatcher(executor)
        let id = try dispatcher.submit(TaskRequest(code: []), from: Self.peer, observer: Nobody()).get()
        #expect(executor.running == [id])
        #expect(executor.stopped.isEmpty)
    }

    private static func dispatcher(_ executor: SlowExecutor) -> TaskDispatcher {
        TaskDispatcher(
            executor: executor,
            configuration: DispatcherConfiguration(maximumConcurrency: 1, queueLimit: 1, taskTimeout: .seconds(1)),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }
}

/// Runs nothing, and as every executor knows of a task only some time after it was called.
private final class SlowExecutor: TaskExecutor {
    private struct State {
        var running: [TaskID] = []
        var stopped: [TaskID] = []
        var beforeItKnows: @Sendable (TaskID) -> Void = { _ in }
    }

    private let state = Mutex(State())

    var running: [TaskID] { self.state.withLock(\.running) }
    /// Those that were stopped while they ran.
    var stopped: [TaskID] { self.state.withLock(\.stopped) }

    var beforeItKnows: @Sendable (TaskID) -> Void {
        get { self.state.withLock(\.beforeItKnows) }
        set { self.state.withLock { $0.beforeItKnows = newValue } }
    }

    func execute(_ assignment: TaskAssignment, observer: any TaskObserver) {
        self.beforeItKnows(assignment.id)
        self.state.withLock { $0.running.append(assignment.id) }
    }

    func stop(_ id: TaskID, for reason: StopReason) {
        self.state.withLock { state in
            if state.running.contains(id) { state.stopped.append(id) }
        }
    }
}

private final class Nobody: TaskObserver {
    func taskEmitted(_ event: TaskEvent, _ id: TaskID) {}
    func taskFinished(_ outcome: TaskOutcome, _ id: TaskID) {}
}
