import Linux
import PythonPolicy
import PythonRuntime
import Tasks
import Wire

@testable import Worker

/// A worker in a process of its own, without confinement, and the broker's end of its task socket. One for each process:
/// an interpreter starts once.
struct TestWorker {
    let pid: Int32
    let socket: CInt

    static let limits = TaskLimits(memory: 1 << 30, cpu: .seconds(60), output: 1 << 20, log: 1 << 20)

    /// Starts an interpreter and forks the worker.
    ///
    /// - Parameters:
    ///   - limits: What its task may use.
    ///   - interval: How long prints wait at most; nil for a worker without a timer, which sends each of them by itself.
    /// - Throws: What starting or forking threw.
    init(limits: TaskLimits = TestWorker.limits, interval: Duration? = PrintFrames.interval) throws {
        let configuration = InterpreterConfiguration(installation: try PythonInstallation.locate())
        let interpreter = try Interpreter.start(configuration)
        let policy = TaskPolicy(
            standardLibraryAllow: ["@safe", "os", "sys"],
            externalAllow: [],
            builtinsDeny: TaskPolicy.defaultBuiltinsDeny
        )
        try interpreter.installPolicy(policy, configuration: configuration)
        try interpreter.freeze()
        let pair = try SocketPair.stream()
        interpreter.prepareFork()
        switch try ChildProcesses.fork() {
        case .parent(let pid):
            interpreter.resumeParentAfterFork()
            self.pid = pid
            self.socket = Self.keepOurs(pair)
        case .child:
            Self.work(Self.keepTheirs(pair), interpreter, limits, interval)
        }
    }

    private static func keepOurs(_ pair: consuming SocketPair) -> CInt { pair.ours.release() }
    private static func keepTheirs(_ pair: consuming SocketPair) -> CInt { pair.theirs.release() }

    private static func work(
        _ socket: CInt,
        _ interpreter: Interpreter,
        _ limits: TaskLimits,
        _ interval: Duration?
    ) -> Never {
        do {
            try CurrentProcess.ignore(13)
            try interpreter.resumeChildAfterFork()
            let dumper = interpreter.stackDumper
            try SoftStop.install(
                socket: socket,
                frameHeader: WorkerFrame.stoppedHeader,
                dump: dumper.dump,
                context: dumper.context
            )
            if let interval { try SignalSafeBuffer.start(socket: socket, interval: interval) }
            let worker = WorkerTask(TaskSocket(socket), interpreter, limits)
            worker.run()
        } catch {
            CurrentProcess.exitNow(99)
        }
    }

    func send(_ task: PythonTask) throws {
        try DescriptorIO.writeFully(TaskFrame.bytes(for: task), to: self.socket)
    }

    func send(_ code: String, dialect: TaskDialect = .native) throws {
        try self.send(
            PythonTask(code: ArraySlice(code.utf8), items: TaskItems(ArraySlice("[]".utf8)), dialect: dialect)
        )
    }

    /// Reads frames until `isLast` is true of one, or to the end of the stream.
    func frames(until isLast: (WorkerFrame) -> Bool) throws -> [WorkerFrame] {
        var decoder = WorkerFrameDecoder(outputLimit: 1 << 20)
        var frames: [WorkerFrame] = []
        while let bytes = try DescriptorIO.readSome(maximum: 64 * 1024, from: self.socket) {
            let isComplete = try bytes.withUnsafeBytes { bytes in
                var rest = bytes[...]
                while let frame = try decoder.next(from: &rest) {
                    frames.append(frame)
                    if isLast(frame) { return true }
                }
                return false
            }
            if isComplete { break }
        }
        return frames
    }

    /// Reads all frames up to the answer.
    func answer() throws -> [WorkerFrame] {
        try self.frames { $0.isAnswer }
    }

    /// Closes the broker's end and waits for the worker's.
    func end() throws -> WaitStatus? {
        _ = OwnedDescriptor(owning: self.socket)
        return try ChildProcesses.reap(blocking: true)?.status
    }

    func kill() throws {
        try ChildProcesses.kill(self.pid)
        _ = try ChildProcesses.reap(blocking: true)
    }
}

extension WorkerFrame {
    var isAnswer: Bool {
        switch self {
        case .result, .report, .failure: true
        case .ready, .started, .log, .console, .imported, .items, .progress, .stopped: false
        }
    }
}

extension [WorkerFrame] {
    /// What was printed, as runs of text of one stream.
    var prints: [String] {
        self.compactMap { frame in
            guard case .log(let stream, let text) = frame else { return nil }
            return stream == .stdout ? text : "stderr: \(text)"
        }
    }

    var result: String? {
        guard case .result(_, let items) = self.last else { return nil }
        return String(decoding: items, as: UTF8.self)
    }

    var failure: TaskFailure? {
        guard case .failure(_, let failure) = self.last else { return nil }
        return failure
    }
}
