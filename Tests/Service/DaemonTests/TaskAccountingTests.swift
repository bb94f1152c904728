import Logging
import Synchronization
import Tasks
import Testing

@testable import Daemon

/// A dispatcher that accepts every task or rejects every task, and ends one when it is told to.
private final class RecordingDispatcher: TaskDispatching {
    private let observer = Mutex<(any TaskObserver)?>(nil)
    let rejection: Rejection?
    let id: TaskID

    init(rejection: Rejection? = nil) {
        var generator = SystemRandomNumberGenerator()
        self.id = TaskID(using: &generator)
        self.rejection = rejection
    }

    func submit(
        _ submission: TaskSubmission,
        from peer: Peer,
        observer: any TaskObserver
    ) -> Swift.Result<TaskID, Rejection> {
        if let rejection { return .failure(rejection) }
        self.observer.withLock { $0 = observer }
        return .success(self.id)
    }

    func finish(_ outcome: TaskOutcome) {
        self.observer.withLock(\.self)?.taskFinished(outcome, self.id)
    }

    func cancel(_ id: TaskID, by peer: Peer) -> Bool { false }
    func tasks(visibleTo peer: Peer) -> [TaskSummary] { [] }
}

private final class LastOutcome: TaskObserver {
    private let outcomes = Mutex<[String]>([])
    var names: [String] { self.outcomes.withLock(\.self) }
    func taskEmitted(_ event: TaskEvent, _ id: TaskID) {}
    func taskFinished(_ outcome: TaskOutcome, _ id: TaskID) { self.outcomes.withLock { $0.append(outcome.name) } }
}

@Suite struct TaskAccountingTests {
    private static let peer = Peer(uid: 1000, isPrivileged: false)

    private func accounting(
        _ dispatcher: RecordingDispatcher,
        _ metrics: ServiceMetrics = ServiceMetrics()
    ) -> TaskAccounting {
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        return TaskAccounting(dispatcher: dispatcher, metrics: metrics, logger: logger)
    }

    private func submission() -> TaskSubmission {
        TaskSubmission(PythonTask(code: [], items: TaskItems(Array("[{}]".utf8)[...])))
    }

    @Test func outcomesAreCountedAndPassedOn() {
        let dispatcher = RecordingDispatcher()
        let metrics = ServiceMetrics()
        let accounting = self.accounting(dispatcher, metrics)
        let observer = LastOutcome()
        #expect(accounting.idleSince != nil)
        _ = accounting.submit(self.submission(), from: Self.peer, observer: observer)
        #expect(accounting.idleSince == nil)
        let violation = PolicyViolation(rule: "import", construct: "import os.path", line: 1, column: 1, message: "")
        let failure = TaskFailure(.policyViolation, message: "", violations: [violation])
        dispatcher.finish(TaskOutcome(result: .failure(failure), usage: TaskUsage(wall: .milliseconds(3))))
        #expect(observer.names == ["policy_violation"])
        #expect(accounting.idleSince != nil)
        let counts = metrics.snapshot
        #expect(counts.outcomes == ["policy_violation": 1])
        #expect(counts.violations.map { "\($0.key.rule) \($0.key.construct) \($0.value)" } == ["import os 1"])
        #expect(counts.bytesIn == 4)
        #expect(counts.wall.counts.reduce(0, +) == 1)
    }

    @Test func aRejectedTaskIsCountedAndLeavesTheServiceIdle() {
        let metrics = ServiceMetrics()
        let accounting = self.accounting(RecordingDispatcher(rejection: .queueFull(limit: 1)), metrics)
        _ = accounting.submit(self.submission(), from: Self.peer, observer: LastOutcome())
        #expect(metrics.snapshot.rejections == ["queue_full": 1])
        #expect(accounting.idleSince != nil)
    }
}
