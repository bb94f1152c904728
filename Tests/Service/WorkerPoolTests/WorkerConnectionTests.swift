import Glibc
import Linux
import Logging
import NIOCore
import NIOEmbedded
import NIOPosix
import Sandbox
import Synchronization
import Tasks
import TestSupport
import Testing
import Wire

@testable import WorkerPool

/// A connection on an embedded channel, in a pool whose machine has requested its worker for a task. A process that sleeps
/// stands for the worker's, so that signals can be seen to arrive.
private final class ConnectionFixture {
    final class Observer: TaskObserver {
        private let words = Mutex<[String]>([])
        var all: [String] { self.words.withLock(\.self) }
        func taskEmitted(_ event: TaskEvent, _ id: TaskID) {
            let word =
                switch event {
                case .started: "started"
                case .log(_, let text): text
                case .console: "console"
                case .items(let items): String(decoding: items, as: UTF8.self)
                case .progress(let done, let total): "\(done)/\(total)"
                }
            self.words.withLock { $0.append(word) }
        }
        func taskFinished(_ outcome: TaskOutcome, _ id: TaskID) { self.words.withLock { $0.append(outcome.name) } }
    }

    static let limits = TaskLimits(memory: 1 << 28, cpu: .seconds(60), output: 1 << 20, log: 1 << 20)

    let observer = Observer()
    let channel = EmbeddedChannel()
    let pool: WorkerPool
    private let pid: Int32
    private let process: ProcessDescriptor

    init(_ task: PythonTask, work: WorkQueue) throws {
        let configuration = PoolFixtures.configuration(warm: 0)
        self.pool = WorkerPool(
            configuration: configuration,
            division: .failure(.embedded),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            work: work
        )
        let sleep = try ProcessSpawner.spawn(
            executable: "/bin/sleep",
            arguments: ["sleep", "600"],
            environment: [],
            descriptors: []
        )
        self.pid = sleep.pid
        self.process = sleep.takeDescriptor()
        let worker = WorkerID(number: 1)
        let connection = WorkerConnection(
            id: worker,
            eventLoop: self.channel.eventLoop,
            limits: Self.limits,
            processors: 1,
            pool: self.pool
        )
        var generator = SystemRandomNumberGenerator()
        let assignment = TaskAssignment(id: TaskID(using: &generator), task: task, timeout: .seconds(5))
        let job = WorkerPool.Job(assignment: assignment, observer: self.observer)
        let known = WorkerProcess(pid: self.pid, descriptor: try ProcessDescriptor.open(pid: self.pid))
        self.pool.state.withLock { state in
            _ = state.machine.startUnawaited()
            _ = state.machine.serverReady(ForkServerID(1))
            _ = state.machine.submitted(assignment.id, job)
            state.connections[worker] = connection
            state.processes.requested(worker, on: ForkServerID(1))
            state.processes.started(worker, known)
        }
        try self.channel.pipeline.syncOperations.addHandler(connection)
        try self.channel.connect(to: SocketAddress(unixDomainSocketPath: "/nowhere")).wait()
    }

    deinit { kill(self.pid, SIGKILL) }

    func receive(_ frames: [WorkerFrame]) throws {
        try self.channel.writeInbound(ByteBuffer(bytes: frames.flatMap(\.encoded)))
    }

    func written() throws -> [ByteBuffer] {
        var all: [ByteBuffer] = []
        while let buffer = try self.channel.readOutbound(as: ByteBuffer.self) { all.append(buffer) }
        return all
    }

    /// Waits for the end of the process that stands for the worker's.
    func processEnd() throws -> WaitStatus { try self.process.wait() }

    var connections: Int { self.pool.state.withLock { $0.connections.count } }
}

@Suite struct WorkerConnectionTests {
    private static let usage = ReportedUsage(cpu: .zero, peakResidentBytes: 0)
    private static let result = WorkerFrame.result(Self.usage, Array("[]".utf8)[...])

    private func fixture(
        _ code: String = "return []",
        items: String = "[]",
        work: WorkQueue = WorkQueue()
    ) throws -> ConnectionFixture {
        let items = TaskItems(Array(items.utf8)[...])
        return try ConnectionFixture(PythonTask(code: Array(code.utf8)[...], items: items), work: work)
    }

    @Test func aReadyWorkerGetsItsTaskAndItsResultIsTheOutcome() throws {
        let fixture = try self.fixture("return [1]")
        #expect(try fixture.written().isEmpty)
        try fixture.receive([.ready])
        let written = try fixture.written()
        #expect(written.count == 1)
        let task = PythonTask(code: Array("return [1]".utf8)[...], items: TaskItems(Array("[]".utf8)[...]))
        #expect(written.first.map { Array($0.readableBytesView) } == TaskFrame.bytes(for: task))
        try fixture.receive([.started, .log(.stdout, "hi"), .progress(done: 1, total: 2), Self.result])
        #expect(fixture.observer.all == ["started", "hi", "1/2", "succeeded"])
        #expect(fixture.connections == 0)
        #expect(try fixture.processEnd() == .signaled(SIGKILL))
    }

    @Test func aLargeTaskIsWrittenInPieces() throws {
        let items = "[" + String(repeating: "{},", count: 300_000) + "{}]"
        let fixture = try self.fixture(items: items)
        try fixture.receive([.ready])
        let written = try fixture.written()
        #expect(written.count == 4)
        #expect(written.allSatisfy { $0.readableBytes <= 256 * 1024 })
        let task = PythonTask(code: Array("return []".utf8)[...], items: TaskItems(Array(items.utf8)[...]))
        #expect(written.flatMap { Array($0.readableBytesView) } == TaskFrame.bytes(for: task))
    }

    @Test func atItsTimeoutAWorkerIsSignalledAndItsOutcomeWaitsForTheExit() throws {
        let fixture = try self.fixture()
        try fixture.receive([.ready, .started])
        fixture.channel.embeddedEventLoop.advanceTime(by: .seconds(4))
        try fixture.receive([.log(.stdout, "before")])
        fixture.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        // The signal of a soft stop ends a process that does not handle it.
        #expect(try fixture.processEnd() == .signaled(SoftStop.defaultSignal))
        fixture.channel.pipeline.fireChannelInactive()
        #expect(fixture.observer.all == ["started", "before"])
        fixture.pool.workerExited(WorkerID(number: 1), WorkerExit(status: 0, signal: 10, usage: Self.usage))
        #expect(fixture.observer.all == ["started", "before", "timed_out"])
        #expect(fixture.connections == 0)
    }

    @Test func aWorkerThatSendsAnInvalidFrameIsKilledAndNothingAfterItCounts() throws {
        let fixture = try self.fixture()
        try fixture.receive([.ready, .started])
        try fixture.channel.writeInbound(ByteBuffer(bytes: [0, 0, 0, 0, 77, 0, 0, 0] + Self.result.encoded))
        #expect(try fixture.processEnd() == .signaled(SIGKILL))
        try fixture.receive([Self.result])
        #expect(fixture.observer.all == ["started"])
        fixture.channel.pipeline.fireChannelInactive()
        fixture.pool.workerExited(WorkerID(number: 1), WorkerExit(status: 0, signal: 9, usage: Self.usage))
        #expect(fixture.observer.all == ["started", "worker_died"])
    }

    @Test func framesBeyondATurnWaitForTheNextOneAndReadingIsPaused() throws {
        let fixture = try self.fixture()
        try fixture.receive([.ready])
        let turn = WorkerConnection.framesPerTurn
        let prints = (0..<(2 * turn)).map { WorkerFrame.log(.stdout, "\($0)") }
        try fixture.receive([.started] + prints)
        #expect(fixture.observer.all.count == turn)
        // What arrives meanwhile, and the end of the stream, come after.
        try fixture.receive([.log(.stdout, "late")])
        fixture.channel.pipeline.fireChannelInactive()
        fixture.pool.workerExited(WorkerID(number: 1), WorkerExit(status: 0, signal: 9, usage: Self.usage))
        #expect(fixture.observer.all.count == turn)
        fixture.channel.embeddedEventLoop.advanceTime(by: FrameTurns.pause)
        #expect(fixture.observer.all.count == 2 * turn)
        fixture.channel.embeddedEventLoop.advanceTime(by: FrameTurns.pause)
        let all = fixture.observer.all
        #expect(all == ["started"] + (0..<(2 * turn)).map { "\($0)" } + ["late", "worker_died"])
    }

    private static func largeResult(end: String) -> WorkerFrame {
        let count = WorkerConnection.maximumCheckedOnEventLoop / 3
        return .result(Self.usage, Array(("[" + String(repeating: "{},", count: count) + end).utf8)[...])
    }

    @Test func aLargeResultIsCheckedOnAnotherThreadAndWhatComesBehindItWaits() throws {
        let threads = HeldThreads()
        let fixture = try self.fixture(work: threads.queue)
        try fixture.receive([.ready, .started, .log(.stdout, "before"), Self.largeResult(end: "{}]")])
        try fixture.receive([.log(.stdout, "after")])
        fixture.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(fixture.observer.all == ["started", "before"])
        #expect(threads.count == 1)
        threads.run()
        fixture.channel.embeddedEventLoop.run()
        #expect(fixture.observer.all == ["started", "before", "succeeded"])
        #expect(fixture.connections == 0)
        #expect(try fixture.processEnd() == .signaled(SIGKILL))
    }

    @Test func aLargeResultThatIsMalformedOrWhoseWorkerEndsMeanwhileHasItsOutcome() throws {
        let exit = WorkerExit(status: 0, signal: 9, usage: Self.usage)
        for (end, outcome) in [("{}]", "succeeded"), ("{}\n]", "worker_died"), ("1]", "worker_died")] {
            let threads = HeldThreads()
            let fixture = try self.fixture(work: threads.queue)
            try fixture.receive([.ready, .started, Self.largeResult(end: end)])
            fixture.channel.pipeline.fireChannelInactive()
            fixture.pool.workerExited(WorkerID(number: 1), exit)
            #expect(fixture.observer.all == ["started"])
            threads.run()
            fixture.channel.embeddedEventLoop.run()
            #expect(fixture.observer.all == ["started", outcome], "\(end)")
        }
    }

    @Test func theCPUTimeOfAWorkerIsCountedWhenItsExitIsReported() throws {
        let fixture = try self.fixture()
        // The worker claims nothing, and the kernel counts three seconds.
        try fixture.receive([.ready, .started, Self.result])
        #expect(fixture.pool.status().workerCPU == .zero)
        let usage = ReportedUsage(cpu: .seconds(3), peakResidentBytes: 0)
        fixture.pool.workerExited(WorkerID(number: 1), WorkerExit(status: 0, signal: 9, usage: usage))
        #expect(fixture.pool.status().workerCPU == .seconds(3))
    }
}
