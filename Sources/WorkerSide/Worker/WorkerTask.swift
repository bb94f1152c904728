import Linux
import PythonRuntime
import Sandbox
package import Tasks
import Text
import Wire

/// A worker after its fork. It confines itself, reports ready, runs one task, sends the result and waits to be killed.
/// The value exists only in the forked child, whose one thread runs it.
package struct WorkerTask: ~Copyable {
    private let socket: TaskSocket
    private let interpreter: Interpreter
    private let limits: TaskLimits
    private let temporaryFolder: Int
    private let usageBefore: ChildUsage

    /// Confines this process and reports it ready. The task socket and the standard three are the only descriptors that
    /// stay open.
    ///
    /// - Parameters:
    ///   - socket: The worker's end of its task socket.
    ///   - interpreter: The fork server's interpreter.
    ///   - confinement: The confinement that the fork server has prepared for its workers.
    ///   - limits: The limits of the task.
    ///   - temporaryFolder: The size of the task's temporary folder in bytes; 0 if it has none.
    ///   - rehearsal: The frame of the rehearsal, which is run first; nil to leave it out.
    /// - Throws: `SystemError`, `ConfinementError`, `PythonRuntimeError` or `WireError`. The process may then be
    ///   confined only in part and must exit.
    init(
        socket: CInt,
        interpreter: Interpreter,
        confinement: borrowing ServerConfinement,
        limits: TaskLimits,
        temporaryFolder: Int,
        rehearsal: [UInt8]?
    ) throws {
        try interpreter.resumeChildAfterFork()
        // The rehearsal runs before the limits are set, so its memory does not count against the task's limit.
        if let rehearsal {
            try WorkerTask(TaskSocket(Self.nullDevice), interpreter, limits).rehearse(rehearsal)
        }
        let own: CInt = 3
        let dumper = interpreter.stackDumper
        try SoftStop.install(
            socket: own,
            frameHeader: WorkerFrame.stoppedHeader,
            dump: dumper.dump,
            context: dumper.context
        )
        try SoftStop.reportDeaths(spareMemory: limits.memory / 10)
        // The timer is made before the seccomp filter is installed, which refuses timer_create(2). Without a timer each
        // print is a frame of its own, which is only slower.
        try? SignalSafeBuffer.start(socket: own, interval: PrintFrames.interval)
        let confined = try confinement.confineWorker(limits: limits, taskSocket: socket)
        self.init(TaskSocket(confined), interpreter, limits, temporaryFolder: temporaryFolder)
        self.socket.send(.ready)
    }

    /// Makes a worker without confining it: the caller has confined the process, or is a test.
    init(_ socket: TaskSocket, _ interpreter: Interpreter, _ limits: TaskLimits, temporaryFolder: Int = 0) {
        self.socket = socket
        self.interpreter = interpreter
        self.limits = limits
        self.temporaryFolder = temporaryFolder
        self.usageBefore = CurrentProcess.usage()
    }

    /// The descriptor of standard output, which is /dev/null in a fork server: writes succeed, and reads return the end
    /// of file.
    package static let nullDevice: CInt = 1

    /// Runs the rehearsal from the frame to the result, so that the pages that every task touches are faulted in before
    /// the real task arrives.
    private consuming func rehearse(_ frame: [UInt8]) throws {
        _ = try self.socket.receiveTask(room: self.limits.memoryCeiling)
        _ = try TaskFrame.task(frame)
        self.socket.send(.started)
        self.answer { self.interpreter.rehearse(sink: $0, phases: &$1) }
    }

    /// Runs the one task, and then waits to be killed. If the socket is closed instead, ends the process.
    consuming func run() -> Never {
        do {
            switch try self.socket.receiveTask(room: self.limits.memoryCeiling) {
            case .task(let task):
                let size = task.code.count + task.items.bytes.count
                let limit = self.limits.memory(for: task)
                // The worker started with the largest memory limit, because its task was not known yet. The limit is
                // lowered here, before any code of the task runs.
                try WorkerResourceLimits.lowerMemory(by: self.limits.memoryCeiling - limit.bytes)
                self.socket.send(.started)
                if size <= limit.bytes {
                    self.perform(task, limit)
                } else {
                    self.refuse(size, limit)
                }
            case .tooLarge(let size):
                self.socket.send(.started)
                // The task was not read, so its dialect is unknown. The message gives the limit of n8n's dialect,
                // because no dialect has a higher one.
                self.refuse(size, self.limits.memory(of: .n8n, bytes: size))
            case .nothing:
                break
            }
        } catch {
            CurrentProcess.exitNow(WorkerExitStatus.notATask)
        }
        // The process does not exit here: its teardown in the kernel takes as long as a small task, often on the
        // processor where the broker was just woken. The broker reads the result, passes it on, and then sends SIGKILL.
        self.socket.waitForEnd()
        CurrentProcess.exitNow(WorkerExitStatus.done)
    }

    private borrowing func refuse(_ size: Int, _ limit: MemoryLimit) {
        let failure = TaskFailure(
            .memoryExceeded,
            message: "memory: code and items of \(ByteText.text(size)) for a limit of"
                + " \(ByteText.text(limit.bytes)) (\(limit.setting))",
            hint: "send fewer items at a time, or raise the limit: items take several times their text's size"
        )
        self.socket.send(.failure(self.usage(TaskPhases()), failure))
    }

    /// Runs a task that did not arrive over the socket, and ends the process. Benchmarks use it to measure a worker's
    /// lifetime without the broker.
    package consuming func perform(alone task: PythonTask) -> Never {
        self.socket.send(.started)
        self.perform(task, self.limits.memory(for: task))
        CurrentProcess.exitNow(WorkerExitStatus.done)
    }

    private borrowing func perform(_ task: PythonTask, _ limit: MemoryLimit) {
        guard task.purpose != .probe else {
            return WorkerProbe.report().withUnsafeBytes { self.socket.send(result: $0, self.usage(TaskPhases())) }
        }
        self.answer {
            self.interpreter.run(
                task,
                outputLimit: self.limits.output,
                memoryLimit: limit,
                sink: $0,
                phases: &$1
            )
        }
    }

    /// Runs a task, and sends its result, report or failure.
    private borrowing func answer(_ run: (any TaskSink, inout TaskPhases) -> PythonTaskResult) {
        var phases = TaskPhases()
        let result = run(SocketSink(socket: self.socket, logLimit: self.limits.log), &phases)
        let usage = self.usage(phases)
        let imported = self.interpreter.importedModules
        if !imported.isEmpty { self.socket.send(.imported(imported)) }
        switch result {
        case .items(let items):
            items.withRemainingItems { self.socket.send(result: $0, usage) }
        case .checked(let report):
            self.socket.send(.report(usage, report))
        case .failure(var failure):
            // Adds the refused system call's name to an "operation not permitted" message. A PermissionError with
            // another errno, or without one, does not come from the seccomp filter.
            let isAnswer = failure.message.hasPrefix("PermissionError: [Errno \(Refusals.errorNumber)] ")
            if failure.type == "PermissionError", isAnswer, let call = Refusals.last() {
                failure.message += " (blocked: \(call) refused by seccomp)"
            }
            if failure.hint == nil { failure.hint = FileFailureHint.text(for: failure, folder: self.temporaryFolder) }
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
