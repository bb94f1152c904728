import Logging
import Synchronization
import Tasks
import Testing

@testable import Daemon

/// A dispatcher that takes or turns away, and remembers.
private final class RecordingDispatcher: TaskDispatching {
    private let state = Mutex<(timeouts: [Duration?], observer: (any TaskObserver)?)>(([], nil))
    let rejection: Rejection?
    let id: TaskID

    init(rejection: Rejection? = nil) {
        var generator = SystemRandomNumberGenerator()
        self.id = TaskID(using: &generator)
        self.rejection = rejection
    }

    var timeouts: [Duration?] { self.state.withLock(\.timeouts) }

    func submit(
        _ request: TaskRequest,
        from peer: Peer,
        observer: any TaskObserver
    ) -> Swift.Result<TaskID, Rejection> {
        if let rejection { return .failure(rejection) }
        self.state.withLock { state in
            state.timeouts.append(request.timeout)
            state.observer = observer
        }
        return .success(self.id)
    }

    func finish(_ outcome: TaskOutcome) {
        self.state.withLock(\.observer)?.taskFinished(outcome, self.id)
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

@Suite struct TaskLedgerTests {
    private static let peer = Peer(uid: 1000, isPrivileged: false)

    private func ledger(_ dispatcher: RecordingDispatcher, _ metrics: ServiceMetrics = ServiceMetrics()) -> TaskLedger {
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        return TaskLedger(dispatcher: dispatcher, metrics: metrics, taskTimeout: .seconds(60), logger: logger)
    }

    private func request(_ timeout: Duration? = nil) -> TaskRequest {
        TaskRequest(code: [], items: Array("[{}]".utf8)[...], timeout: timeout)
    }

    @Test func runTimesAreHeldToTheConfiguredOneAlsoAfterAReload() {
        let dispatcher = RecordingDispatcher()
        let ledger = self.ledger(dispatcher)
        _ = ledger.submit(self.request(), from: Self.peer, observer: LastOutcome())
        _ = ledger.submit(self.request(.seconds(5)), from: Self.peer, observer: LastOutcome())
        _ = ledger.submit(self.request(.seconds(500)), from: Self.peer, observer: LastOutcome())
        ledger.setTaskTimeout(.seconds(100))
        _ = ledger.submit(self.request(.seconds(500)), from: Self.peer, observer: LastOutcome())
        #expect(dispatcher.timeouts == [.seconds(60), .seconds(5), .seconds(60), .seconds(100)])
    }

    @Test func outcomesAreCountedAndHandedOn() {
        let dispatcher = RecordingDispatcher()
        let metrics = ServiceMetrics()
        let ledger = self.ledger(dispatcher, metrics)
        let observer = LastOutcome()
        #expect(ledger.idleSince != nil)
        _ = ledger.submit(self.request(), from: Self.peer, observer: observer)
        #expect(ledger.idleSince == nil)
        let violation = PolicyViolation(rule: "import", construct: "import os.path", line: 1, column: 1, message: "")
        let failure = TaskFailure(.policyViolation, message: "", violations: [violation])
        dispatcher.finish(TaskOutcome(result: .failure(failure), usage: TaskUsage(wall: .milliseconds(3))))
        #expect(observer.names == ["policy_violation"])
        #expect(ledger.idleSince != nil)
        let counts = metrics.snapshot
        #expect(counts.outcomes == ["policy_violation": 1])
        #expect(counts.violations.map { "\($0.key.rule) \($0.key.construct) \($0.value)" } == ["import os 1"])
        #expect(counts.bytesIn == 4)
        #expect(counts.wall.counts.reduce(0, +) == 1)
    }

    @Test func aTaskThatIsTurnedAwayIsCountedAndLeavesTheServiceIdle() {
        let metrics = ServiceMetrics()
        let ledger = self.ledger(RecordingDispatcher(rejection: .queueFull(limit: 1)), metrics)
        _ = ledger.submit(self.request(), from: Self.peer, observer: LastOutcome())
        #expect(metrics.snapshot.rejections == ["queue_full": 1])
        #expect(ledger.idleSince != nil)
    }
}

@Suite struct ViolationLabelTests {
    private func label(_ rule: String, _ construct: String) -> String {
        let violation = PolicyViolation(rule: rule, construct: construct, line: 1, column: 1, message: "")
        let label = ViolationLabel(violation)
        return "\(label.rule) \(label.construct)"
    }

    @Test func constructsThatAreWatchedAreNamed() {
        #expect(self.label("import", "import os.path") == "import os")
        #expect(self.label("import", "from subprocess import run, PIPE") == "import subprocess")
        #expect(self.label("builtin", "eval") == "builtin eval")
        #expect(self.label("builtin", "class") == "builtin class")
        #expect(self.label("attribute", ".__globals__") == "attribute other")
    }

    @Test func whateverElseAWorkerSaysIsOther() {
        var labels: Set<String> = []
        for index in 0..<1000 {
            labels.insert(self.label("import", "import mine\(index)"))
            labels.insert(self.label("builtin", "eval\(index)"))
            labels.insert(self.label("rule\(index)", "eval"))
            labels.insert(self.label("import", String(repeating: "x", count: index)))
        }
        #expect(labels == ["import other", "builtin other", "other other"])
    }
}

@Suite struct MetricsPageTests {
    @Test func everyLineIsASampleOfAFamilyThatWasDeclared() throws {
        let metrics = ServiceMetrics()
        metrics.taskFinished(TaskOutcome(result: .items([]), usage: TaskUsage(wall: .seconds(100))))
        let layer = SandboxLayer(name: "a\"b\\c\nd", isActive: true, detail: "")
        let page = MetricsPage(
            counts: metrics.snapshot,
            pool: PoolStatus(layers: [layer]),
            load: (1, 2),
            traffic: (3, 4),
            connections: 5,
            bridge: nil,
            version: "0",
            isReady: true
        )
        var families: Set<String> = []
        for line in page.text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.hasPrefix("# TYPE") {
                #expect(families.insert(String(words[2])).inserted, "declared twice: \(line)")
            } else if !line.hasPrefix("#") {
                let name = String(words[0].prefix { $0 != "{" })
                let family = ["_bucket", "_sum", "_count"].first { name.hasSuffix($0) }.map { name.dropLast($0.count) }
                #expect(families.contains(name) || families.contains(String(family ?? "")), "\(line)")
                #expect(Double(words[words.count - 1]) != nil, "\(line)")
            }
        }
        #expect(page.text.contains("terrarium_sandbox_layer_active{layer=\"a\\\"b\\\\c\\nd\"} 1\n"))
        for phase in ["queue", "start", "decode", "run", "encode"] {
            let count = phase == "queue" ? 1 : 0
            #expect(page.text.contains("terrarium_task_phase_seconds_count{phase=\"\(phase)\"} \(count)\n"))
        }
        #expect(page.text.contains("terrarium_task_wall_seconds_bucket{le=\"60.0\"} 0\n"))
        #expect(page.text.contains("terrarium_task_wall_seconds_bucket{le=\"+Inf\"} 1\n"))
    }
}
