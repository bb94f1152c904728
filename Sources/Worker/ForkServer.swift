import Linux
import PythonRuntime
import Sandbox
import Tasks
import Wire

/// The fork server: a single-threaded process with the interpreter started, modules preloaded and confinement in place,
/// which does nothing but fork workers and say how they ended.
struct ForkServer: ~Copyable {
    private let control: CInt
    private let children: ChildSignal
    let interpreter: Interpreter
    private let confinement: ServerConfinement
    private let limits: TaskLimits
    /// The frame of the made-up task that every worker goes through first.
    private let rehearsal: [UInt8]
    private var workers: [Int32: UInt64] = [:]

    /// Longer than anybody else's (a few milliseconds), for the fork server and its workers alike. Who waits for an answer is
    /// woken while the worker that gave it ends, often on the same processor; taking a process down takes as long as a
    /// whole task, and with equal slices the one that is waiting waits for that too.
    static let timeSlice = Duration.milliseconds(10)

    init(
        control: CInt,
        children: consuming ChildSignal,
        interpreter: Interpreter,
        confinement: consuming ServerConfinement,
        limits: TaskLimits
    ) {
        self.control = control
        self.children = children
        self.interpreter = interpreter
        self.confinement = confinement
        self.limits = limits
        let made = interpreter.rehearsal
        self.rehearsal = TaskFrame.bytes(for: TaskRequest(code: made.code, items: made.items))
    }

    /// Serves until the broker closes the control socket. Forked workers never return from here either.
    ///
    /// - Throws: `SystemError` or `WireError` when the broker cannot be talked to any more.
    mutating func run() throws {
        while true {
            let ready = try DescriptorIO.poll(readable: [self.control, self.children.rawValue])
            if !ready[1].isEmpty {
                try self.reap()
            }
            if !ready[0].isEmpty {
                guard
                    var message = try DescriptorPassing.receive(
                        from: self.control,
                        maximum: ControlRequest.maximumSize
                    )
                else { return }
                switch try ControlRequest(decoding: message.bytes) {
                case .fork(let worker):
                    guard let socket = message.takeDescriptor() else { throw WireError.invalidField("descriptor") }
                    try self.fork(worker, socket: socket)
                case .measure(let rounds):
                    try self.send(.measured(try self.measureFloors(rounds: Int(rounds))))
                case .configure:
                    throw WireError.invalidField("request")
                }
            }
        }
    }

    private mutating func fork(_ worker: UInt64, socket: consuming OwnedDescriptor) throws {
        self.interpreter.prepareFork()
        do {
            switch try ChildProcesses.fork() {
            case .child:
                self.becomeWorker(socket: socket.release())
            case .parent(let pid):
                self.interpreter.resumeParentAfterFork()
                self.workers[pid] = worker
                let process = try ProcessDescriptor.open(pid: pid)
                try self.send(.forked(worker: worker, pid: pid), descriptor: process.rawValue)
            }
        } catch let error as SystemError where error.call == "fork" {
            self.interpreter.resumeParentAfterFork()
            try self.send(.forkFailed(worker: worker, errno: error.code))
        }
    }

    /// In the child: lets go of everything that is the fork server's and lives a worker's life.
    private func becomeWorker(socket: CInt) -> Never {
        do {
            try self.makeWorker(socket: socket, rehearsal: self.rehearsal).run()
        } catch {
            // The broker sees a worker that ended before it was ready; the reason is for the service's log.
            StandardError.write("terrarium-worker: a worker could not be confined: \(error)\n")
            CurrentProcess.exitNow(WorkerExitStatus.notConfined)
        }
    }

    /// In the child: confines it.
    func makeWorker(socket: CInt, rehearsal: [UInt8]?) throws -> WorkerTask {
        try WorkerTask(
            socket: socket,
            interpreter: self.interpreter,
            confinement: self.confinement,
            limits: self.limits,
            rehearsal: rehearsal
        )
    }

    private mutating func reap() throws {
        try self.children.drain()
        while let ended = try ChildProcesses.reap() {
            try self.report(ended)
        }
    }

    /// Tells the broker of a child's end, if it was a worker of its.
    mutating func report(_ ended: ChildProcesses.Ended) throws {
        guard let worker = self.workers.removeValue(forKey: ended.pid) else { return }
        let (status, signal): (Int32, Int32) =
            switch ended.status {
            case .exited(let status): (status, 0)
            case .signaled(let signal): (0, signal)
            }
        let usage = ReportedUsage(cpu: ended.usage.cpu, peakResidentBytes: ended.usage.peakResidentBytes)
        try self.send(.exited(worker: worker, WorkerExit(status: status, signal: signal, usage: usage)))
    }

    private func send(_ event: ControlEvent, descriptor: CInt? = nil) throws {
        try DescriptorPassing.send(event.encoded, descriptor: descriptor, over: self.control)
    }
}
