import Glibc
import Linux
import Sandbox
import Synchronization
import Tasks
import Wire

/// One fork server's process and control socket. Owned by ``WorkerPool``, which calls ``run(in:report:)`` on a thread of its
/// own for as long as the process lives: descriptors cannot be received on a NIO channel, and the process dies with the
/// thread that spawned it (PR_SET_PDEATHSIG). The other methods may be called on any thread.
final class ForkServerLink: Sendable {
    /// What happened to the fork server or to one of its workers.
    enum Event: Sendable {
        /// The fork server is confined, has imported its modules and can fork.
        case ready(ForkServerReport)
        /// The fork server got no control group of its own, or the group could not be removed.
        case groupFailed(SystemError)
        case workerForked(WorkerID, WorkerProcess)
        /// The worker could not be forked, or its process descriptor was lost. In the second case it cannot be
        /// signalled; it exits when the pool closes its socket.
        case workerForkFailed(WorkerID, SystemError)
        case workerExited(WorkerID, WorkerExit)
    }

    let id: ForkServerID
    /// The configuration of this fork server and its workers. A reload of the pool does not change it.
    let configuration: WorkerPoolConfiguration
    /// The broker's end of the control socket; nil before the start and after the end.
    private let control = Mutex<ControlSocket?>(nil)
    private let isStopped = Atomic(false)
    private let isOverdue = Atomic(false)

    /// Shared by the thread that receives and by threads that request forks; closed with the last reference.
    private final class ControlSocket: Sendable {
        let descriptor: OwnedDescriptor
        init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }
        func shutDown() { _ = shutdown(self.descriptor.rawValue, CInt(SHUT_RDWR)) }
    }

    init(id: ForkServerID, configuration: WorkerPoolConfiguration) {
        self.id = id
        self.configuration = configuration
    }

    /// Starts the process and blocks until it is gone.
    ///
    /// - Parameters:
    ///   - division: Makes the fork server's own control group; nil when it is to have none.
    ///   - report: Called on this thread, in order.
    /// - Returns: Why the process ended.
    func run(in division: CgroupDivision?, report: (Event) -> Void) -> EndReason {
        guard let division, let group = self.makeGroup(in: division, report) else {
            return self.serveAfterTrials(group: nil, report)
        }
        let reason = self.serveAfterTrials(group: group.membersDescriptor, report)
        do {
            try group.end()
        } catch {
            report(.groupFailed(error))
        }
        return reason
    }

    /// Requests a worker that gets `socket` as its end of its task socket.
    ///
    /// - Returns: Whether the request was sent; if not, no event will name the worker.
    func fork(_ worker: WorkerID, socket: consuming OwnedDescriptor) -> Bool {
        guard let control = self.control.withLock({ $0 }) else { return false }
        let request = ControlRequest.fork(worker: worker.number).encoded
        do {
            try DescriptorPassing.send(request, descriptor: socket.rawValue, over: control.descriptor.rawValue)
            return true
        } catch {
            return false
        }
    }

    /// Shuts down the control socket, which makes the fork server exit.
    func stop() {
        self.isStopped.store(true, ordering: .sequentiallyConsistent)
        self.control.withLock { $0 }?.shutDown()
    }

    /// Stops a fork server that has not become ready in time: its end reason is then ``EndReason/overdue``.
    func abandon() {
        self.isOverdue.store(true, ordering: .sequentiallyConsistent)
        self.stop()
    }

    // MARK: On the thread of `run`

    private func makeGroup(in division: CgroupDivision, _ report: (Event) -> Void) -> ForkServerCgroup? {
        do {
            return try division.makeGroup(
                "\(self.id)",
                CgroupLimits(
                    workers: self.configuration.maximumWorkers,
                    memory: self.configuration.worker.limits.memoryCeiling + self.configuration.worker.temporaryFolder
                )
            )
        } catch {
            report(.groupFailed(error))
            return nil
        }
    }

    /// Starts the process, and starts it again without the modules that were found to start threads.
    private func serveAfterTrials(group: CInt?, _ report: (Event) -> Void) -> EndReason {
        var worker = self.configuration.worker
        while true {
            let reason = self.serve(worker, group: group, report)
            guard case .startsThreads(let modules) = reason else { return reason }
            // If the fork server names no new module, another start would fail in the same way.
            guard !Set(modules).isSubset(of: worker.notPreloaded) else { return reason }
            worker.notPreloaded += modules
        }
    }

    private func serve(_ worker: WorkerConfiguration, group: CInt?, _ report: (Event) -> Void) -> EndReason {
        do {
            let pair = try SocketPair.sequencedPackets()
            let process = try ForkServerProcess.spawn(
                executable: self.configuration.program,
                arguments: ["terrarium-worker"],
                environment: SandboxProfile.environment(timeZone: self.configuration.worker.timeZone)
                    + self.configuration.shownEnvironment,
                descriptors: [pair.theirs.rawValue],
                group: group
            )
            drop(pair.theirs)
            let control = ControlSocket(pair.ours)
            self.control.withLock { $0 = control }
            defer { self.control.withLock { $0 = nil } }
            // `stop` may have been called before there was a socket to shut down.
            if self.isStopped.load(ordering: .sequentiallyConsistent) { control.shutDown() }
            let failure = self.receiveEvents(worker, over: control, report)
            // A fork server exits when its control socket ends. One that does not exit is hostile or stuck, and is
            // killed.
            control.shutDown()
            try? process.descriptor.signal(SIGKILL)
            let status = try process.descriptor.wait()
            if let failure { return failure }
            guard self.isStopped.load(ordering: .sequentiallyConsistent) else { return .exited("\(status)") }
            return self.isOverdue.load(ordering: .sequentiallyConsistent) ? .overdue : .stopped
        } catch let error as SpawnError {
            return error.error.isShortage ? .shortage(error.error) : .notSpawned("\(error)")
        } catch let error as SystemError {
            return error.isShortage ? .shortage(error) : .notSpawned("\(error)")
        } catch {
            return .notSpawned("\(error)")
        }
    }

    /// Sends the configuration and reports events until the control socket ends.
    ///
    /// - Returns: Why the fork server cannot serve; nil when the socket ended without such a reason.
    private func receiveEvents(
        _ worker: WorkerConfiguration,
        over control: ControlSocket,
        _ report: (Event) -> Void
    ) -> EndReason? {
        let socket = control.descriptor.rawValue
        do {
            try DescriptorPassing.send(
                ControlRequest.configure(worker).encoded,
                descriptor: nil,
                over: socket
            )
            while var message = try DescriptorPassing.receive(from: socket, maximum: ControlRequest.maximumSize) {
                let event = try ControlEvent(decoding: message.bytes)
                switch event {
                case .failed(let failure): return .failed(failure)
                case .preloadStartsThreads(let modules): return .startsThreads(modules)
                case .ready, .forked, .forkFailed, .exited: break
                }
                self.handle(event, message.takeDescriptor(), report)
            }
            return nil
        } catch let error as WireError {
            return .failed(ForkServerFailure(reason: .configuration, message: "the fork server sent \(error)"))
        } catch {
            return nil
        }
    }

    private func handle(_ event: ControlEvent, _ descriptor: consuming OwnedDescriptor?, _ report: (Event) -> Void) {
        switch event {
        case .ready(let content): report(.ready(content))
        case .failed, .preloadStartsThreads: break
        case .forked(let worker, let pid):
            guard let descriptor else {
                // The kernel drops a received descriptor when this process is at its limit of open descriptors. The
                // worker cannot be signalled then, because its process id alone may come to name another process.
                return report(.workerForkFailed(WorkerID(number: worker), .descriptorLost))
            }
            let process = WorkerProcess(pid: pid, descriptor: ProcessDescriptor(owning: descriptor))
            report(.workerForked(WorkerID(number: worker), process))
        case .forkFailed(let worker, let errno):
            report(.workerForkFailed(WorkerID(number: worker), SystemError("fork", errno)))
        case .exited(let worker, let exit):
            report(.workerExited(WorkerID(number: worker), exit))
        }
    }
}

/// Closes this process's copy of a descriptor that the fork server has received.
private func drop(_ descriptor: consuming OwnedDescriptor) {}
