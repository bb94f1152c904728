import Linux
package import PythonRuntime
import Sandbox
import Tasks
import Wire

/// The fork server: a single-threaded process with a started interpreter, preloaded modules and confinement in place. It
/// forks workers at the broker's request and reports their exits. `WorkerProgram` makes it and runs it until the broker
/// closes the control socket.
package struct ForkServer: ~Copyable {
    /// The control socket, a connection to the broker.
    package let control: CInt
    private let children: ChildSignal
    package let interpreter: Interpreter
    private let confinement: ServerConfinement
    private let limits: TaskLimits
    /// The size of each worker's temporary folder in bytes; 0 if workers have none.
    private let temporaryFolder: Int
    /// The frame of the rehearsal, a built-in task that each worker runs before its real task, to fault in pages.
    private let rehearsal: [UInt8]
    private var workers: [Int32: UInt64] = [:]

    /// The time slice of the fork server and its workers (sched_setattr(2)); the default is a few milliseconds. The
    /// scheduler lets a woken thread preempt a thread with a longer slice. So the broker, woken by a result, runs before
    /// the kernel tears the worker down on the same processor, which takes as long as a small task.
    static let timeSlice = Duration.milliseconds(10)

    init(
        control: CInt,
        children: consuming ChildSignal,
        interpreter: Interpreter,
        confinement: consuming ServerConfinement,
        limits: TaskLimits,
        temporaryFolder: Int
    ) {
        self.control = control
        self.children = children
        self.interpreter = interpreter
        self.confinement = confinement
        self.limits = limits
        self.temporaryFolder = temporaryFolder
        self.rehearsal = TaskFrame.bytes(for: interpreter.rehearsal)
    }

    /// Serves requests until the broker closes the control socket. In a forked worker the function does not return: the
    /// worker's process ends in it.
    ///
    /// - Throws: `SystemError` or `WireError` when the connection to the broker fails.
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
                    if let socket = message.takeDescriptor() {
                        try self.fork(worker, socket: socket)
                    } else {
                        try self.send(.forkFailed(worker: worker, errno: SystemError.descriptorLost.code))
                    }
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
                try self.introduce(worker, pid: pid)
            }
        } catch let error as SystemError where error.call == "fork" {
            self.interpreter.resumeParentAfterFork()
            try self.send(.forkFailed(worker: worker, errno: error.code))
        }
    }

    /// Sends the broker the worker's pidfd. If no descriptor is left for a pidfd, the worker is killed, because the
    /// broker could not signal it; its exit is reported as usual.
    private func introduce(_ worker: UInt64, pid: Int32) throws {
        do {
            let process = try ProcessDescriptor.open(pid: pid)
            try self.send(.forked(worker: worker, pid: pid), descriptor: process.rawValue)
        } catch let error as SystemError where error.isShortage {
            try ChildProcesses.kill(pid)
            try self.send(.forkFailed(worker: worker, errno: error.code))
        }
    }

    /// In the forked child: confines the process, runs its one task and ends the process.
    private func becomeWorker(socket: CInt) -> Never {
        do {
            try self.makeWorker(socket: socket, rehearsal: self.rehearsal).run()
        } catch {
            // The broker learns only that the worker exited before it sent `ready`. So the reason goes to standard
            // error, which is the service's log.
            StandardError.write("terrarium-worker: a worker could not be confined: \(error)\n")
            CurrentProcess.exitNow(WorkerExitStatus.notConfined)
        }
    }

    /// In the forked child: confines the process.
    ///
    /// - Parameters:
    ///   - socket: The worker's end of its task socket; ``WorkerTask/nullDevice`` for a task without a connection.
    ///   - rehearsal: The frame of the rehearsal, which is run first; nil to leave it out.
    /// - Returns: The confined worker, which has not received its task yet.
    /// - Throws: The errors of ``WorkerTask``'s initialiser.
    package func makeWorker(socket: CInt, rehearsal: [UInt8]?) throws -> WorkerTask {
        try WorkerTask(
            socket: socket,
            interpreter: self.interpreter,
            confinement: self.confinement,
            limits: self.limits,
            temporaryFolder: self.temporaryFolder,
            rehearsal: rehearsal
        )
    }

    private mutating func reap() throws {
        try self.children.drain()
        while let ended = try ChildProcesses.reap() {
            guard !self.confinement.madeFolders(ended.pid) else {
                // Without that process no worker can be confined. The broker starts another fork server.
                StandardError.write("terrarium-worker: the process that makes temporary folders ended\n")
                CurrentProcess.exitNow(WorkerExitStatus.cannotServe)
            }
            try self.report(ended)
        }
    }

    /// Reports a child's end to the broker, if the child was a worker.
    private mutating func report(_ ended: ChildProcesses.Ended) throws {
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
