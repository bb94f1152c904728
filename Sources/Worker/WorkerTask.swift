import Linux
import PythonRuntime
import Sandbox
import Tasks
import Wire

/// A worker's life after its fork: confined, warm, one task, gone.
struct WorkerTask: ~Copyable {
    private let socket: TaskSocket
    private let interpreter: Interpreter
    private let limits: TaskLimits
    private let usageBefore: ChildUsage

    /// Confines this process and reports it ready. The task socket is the only descriptor that is still open, but for the
    /// standard three.
    ///
    /// - Parameters:
    ///   - socket: The worker's end of its task socket.
    ///   - interpreter: The fork server's.
    ///   - confinement: What the fork server has prepared for its workers.
    ///   - limits: What the task may use.
    ///   - rehearsal: The frame of a made-up task to go through first; nil for none.
    /// - Throws: `SystemError`, `ConfinementError`, `PythonRuntimeError` or `WireError`: this process is no worker then.
    init(
        socket: CInt,
        interpreter: Interpreter,
        confinement: borrowing ServerConfinement,
        limits: TaskLimits,
        rehearsal: [UInt8]?
    ) throws {
        try interpreter.resumeChildAfterFork()
        // What the rehearsal touches is the worker's, not the task's: it comes before the limits.
        if let rehearsal {
            try WorkerTask(TaskSocket(Self.nobody), interpreter, limits).rehearse(rehearsal)
        }
        let own: CInt = 3
        let dumper = interpreter.stackDumper
        try SoftStop.install(
            socket: own,
            frameHeader: WorkerFrame.stoppedHeader,
            dump: dumper.dump,
            context: dumper.thread
        )
        try SoftStop.reportDeaths(spareMemory: limits.memory / 10)
        self.init(TaskSocket(try confinement.confineWorker(limits: limits, taskSocket: socket)), interpreter, limits)
        self.socket.send(.ready)
    }

    private init(_ socket: TaskSocket, _ interpreter: Interpreter, _ limits: TaskLimits) {
        self.socket = socket
        self.interpreter = interpreter
        self.limits = limits
        self.usageBefore = CurrentProcess.usage()
    }

    /// The null device: what is written there is read by nobody, and there is nothing to read.
    static let nobody: CInt = 1

    /// Goes the way of a real task, from the frame to the result, so that the pages that takes are there when one comes.
    private consuming func rehearse(_ frame: [UInt8]) throws {
        _ = try self.socket.receiveTask(room: self.limits.memory)
        _ = try TaskFrame(bytes: frame)
        self.socket.send(.started)
        self.answer { self.interpreter.rehearse(sink: $0, phases: &$1) }
    }

    /// Runs the one task and ends the process.
    consuming func run() -> Never {
        do {
            switch try self.socket.receiveTask(room: self.limits.memory) {
            case .task(let task):
                self.socket.send(.started)
                self.perform(task)
            case .tooLarge(let size):
                self.socket.send(.started)
                self.socket.send(.failure(self.usage(TaskPhases()), self.tooLarge(size)))
            case .nothing:
                break
            }
            CurrentProcess.exitNow(WorkerExitStatus.done)
        } catch {
            CurrentProcess.exitNow(WorkerExitStatus.notATask)
        }
    }

    private borrowing func tooLarge(_ size: Int) -> TaskFailure {
        TaskFailure(
            .memoryExceeded,
            message: "memory: code and items of \(ByteText.text(size)) for a limit of"
                + " \(ByteText.text(self.limits.memory)) (TERRARIUM_MEMORY_LIMIT)",
            hint: "Send fewer items at a time, or raise the limit: items take several times their text's size."
        )
    }

    /// Runs a task that nobody sent and nobody waits for, and ends the process.
    consuming func perform(alone task: TaskFrame) -> Never {
        self.socket.send(.started)
        self.perform(task)
        CurrentProcess.exitNow(WorkerExitStatus.done)
    }

    private borrowing func perform(_ task: TaskFrame) {
        guard task.purpose != .probe else {
            return WorkerProbe.report().withUnsafeBytes { self.socket.send(result: $0, self.usage(TaskPhases())) }
        }
        let job = PythonJob(
            purpose: task.purpose,
            code: task.code,
            items: task.items,
            mode: task.mode,
            continueOnFail: task.continueOnFail,
            dialect: task.dialect,
            query: task.query,
            outputLimit: self.limits.output,
            memoryLimit: self.limits.memory
        )
        self.answer { self.interpreter.run(job, sink: $0, phases: &$1) }
    }

    /// Sends what became of a task.
    private borrowing func answer(_ run: (any TaskSink, inout TaskPhases) -> PythonJobResult) {
        var phases = TaskPhases()
        let result = run(SocketSink(socket: self.socket, logLimit: self.limits.log), &phases)
        let usage = self.usage(phases)
        switch result {
        case .items(let items):
            items.withUnsafeBytes { self.socket.send(result: $0, usage) }
        case .checked(let report):
            self.socket.send(.report(usage, report))
        case .failure(var failure):
            // A bare "operation not permitted" would leave the author to guess. What carries no errno, or another one, was
            // not raised for a call that the filter refused.
            let isAnswer = failure.message.hasPrefix("PermissionError: [Errno \(Refusals.errorNumber)] ")
            if failure.type == "PermissionError", isAnswer, let call = Refusals.last() {
                failure.message += " (blocked: \(call) refused by seccomp)"
            }
            self.socket.send(.failure(usage, failure))
        }
    }

    private borrowing func usage(_ phases: TaskPhases) -> ReportedUsage {
        let now = CurrentProcess.usage()
        return ReportedUsage(
            cpu: now.cpu - self.usageBefore.cpu,
            peakResidentBytes: now.peakResidentBytes,
            phases: phases
        )
    }
}
