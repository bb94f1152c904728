import Glibc
import Linux
import Sandbox
import Synchronization
import Tasks
import Wire

/// One fork server's process and control socket, and the thread that owns both.
///
/// A thread of its own, because descriptors cannot be received on a NIO channel.
final class ForkServerLink: Sendable {
    /// Who hears from the fork server. Called on the link's thread.
    protocol Delegate: AnyObject, Sendable {
        func forkServerReady(_ id: ForkServerID, _ report: ForkServerReport)
        /// It has no control group of its own, or left one behind.
        func forkServerGroupFailed(_ id: ForkServerID, _ error: SystemError)
        func workerForked(_ id: WorkerID, _ process: WorkerProcess)
        func workerForkFailed(_ id: WorkerID, errno: Int32)
        func workerExited(_ id: WorkerID, _ exit: WorkerExit)
        func floorsMeasured(_ id: ForkServerID, _ floors: FloorReport)
        /// The last word: the process is gone.
        func forkServerEnded(_ id: ForkServerID, _ reason: EndReason)
    }

    enum EndReason: Sendable {
        /// It said why it cannot serve.
        case failed(ForkServerFailure)
        /// It could not be spawned.
        case notSpawned(String)
        /// It was ended because it did not come to serve.
        case overdue
        /// It ended without a word.
        case exited(String)
        /// It was told to.
        case stopped

        /// What it means to somebody who waits for it to serve.
        var error: WorkerPoolError {
            switch self {
            case .failed(let failure) where failure.reason == .sandbox: .sandbox(failure.message)
            case .failed(let failure): .worker(failure.message)
            case .overdue: .worker("the fork server took too long to start: an import of a package may hang")
            case .notSpawned(let message): .worker(message)
            case .exited(let status): .worker("the fork server ended: \(status)")
            case .stopped: .worker("the fork server was stopped")
            }
        }
    }

    let id: ForkServerID
    /// What it and its workers are told, whatever the pool is told meanwhile.
    let configuration: WorkerPoolConfiguration
    private let delegate: any Delegate
    /// The broker's end of the control socket; nil before it is there and after it was closed.
    private let control = Mutex<ControlSocket?>(nil)
    private let isStopped = Atomic(false)
    private let isOverdue = Atomic(false)

    /// Shared by the thread that receives and those that ask for forks; closed when the last of them is done with it.
    private final class ControlSocket: Sendable {
        let descriptor: OwnedDescriptor
        init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }
        func shutDown() { _ = shutdown(self.descriptor.rawValue, CInt(SHUT_RDWR)) }
    }

    init(id: ForkServerID, configuration: WorkerPoolConfiguration, delegate: any Delegate) {
        self.id = id
        self.configuration = configuration
        self.delegate = delegate
    }

    /// Starts the thread, which starts the process, in a control group of its own where there is a division.
    func start(in division: CgroupDivision?) {
        DedicatedThread.start {
            let reason: EndReason
            if let division, let group = self.makeGroup(in: division) {
                reason = self.serve(group: group.membersDescriptor)
                self.end(group)
            } else {
                reason = self.serve(group: nil)
            }
            self.delegate.forkServerEnded(self.id, reason)
        }
    }

    /// Asks for a worker at the other end of `socket`.
    ///
    /// - Returns: Whether the request is on its way; if not, nothing more will be heard of the worker.
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

    /// Asks for the floors.
    ///
    /// - Returns: Whether the request is on its way.
    func measureFloors(rounds: UInt32) -> Bool {
        guard let control = self.control.withLock({ $0 }) else { return false }
        let request = ControlRequest.measure(rounds: rounds).encoded
        do {
            try DescriptorPassing.send(request, descriptor: nil, over: control.descriptor.rawValue)
            return true
        } catch {
            return false
        }
    }

    /// Shuts the control socket: the fork server exits.
    func stop() {
        self.isStopped.store(true, ordering: .sequentiallyConsistent)
        self.control.withLock { $0 }?.shutDown()
    }

    /// The same for one that has not come to serve in time.
    func abandon() {
        self.isOverdue.store(true, ordering: .sequentiallyConsistent)
        self.stop()
    }

    // MARK: The thread

    private func makeGroup(in division: CgroupDivision) -> WorkerGroup? {
        do {
            return try division.makeGroup(
                "\(self.id)",
                CgroupLimits(
                    workers: self.configuration.maximumWorkers,
                    memory: self.configuration.worker.limits.memory
                )
            )
        } catch {
            self.delegate.forkServerGroupFailed(self.id, error)
            return nil
        }
    }

    private func end(_ group: consuming WorkerGroup) {
        do {
            try group.end()
        } catch {
            self.delegate.forkServerGroupFailed(self.id, error)
        }
    }

    private func serve(group: CInt?) -> EndReason {
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
            // `stop` may have come before there was a socket to shut.
            if self.isStopped.load(ordering: .sequentiallyConsistent) { control.shutDown() }
            let failure = self.converse(over: control)
            // Without its control socket a fork server exits; one that does not is hostile or stuck.
            control.shutDown()
            try? process.descriptor.signal(SIGKILL)
            let status = try process.descriptor.wait()
            if let failure { return .failed(failure) }
            guard self.isStopped.load(ordering: .sequentiallyConsistent) else { return .exited("\(status)") }
            return self.isOverdue.load(ordering: .sequentiallyConsistent) ? .overdue : .stopped
        } catch {
            return .notSpawned("\(error)")
        }
    }

    /// Sends the configuration and takes what comes, up to the end of the stream.
    ///
    /// - Returns: What the fork server said if it cannot serve.
    private func converse(over control: ControlSocket) -> ForkServerFailure? {
        let socket = control.descriptor.rawValue
        do {
            try DescriptorPassing.send(
                ControlRequest.configure(self.configuration.worker).encoded,
                descriptor: nil,
                over: socket
            )
            while var message = try DescriptorPassing.receive(from: socket, maximum: ControlRequest.maximumSize) {
                let event = try ControlEvent(decoding: message.bytes)
                if case .failed(let failure) = event { return failure }
                self.handle(event, message.takeDescriptor())
            }
            return nil
        } catch let error as WireError {
            return ForkServerFailure(reason: .configuration, message: "the fork server sent \(error)")
        } catch {
            return nil
        }
    }

    private func handle(_ event: ControlEvent, _ descriptor: consuming OwnedDescriptor?) {
        switch event {
        case .ready(let report): self.delegate.forkServerReady(self.id, report)
        case .failed: break
        case .forked(let worker, let pid):
            guard let descriptor else { return }
            let process = WorkerProcess(pid: pid, descriptor: ProcessDescriptor(owning: descriptor))
            self.delegate.workerForked(WorkerID(number: worker), process)
        case .forkFailed(let worker, let errno):
            self.delegate.workerForkFailed(WorkerID(number: worker), errno: errno)
        case .exited(let worker, let exit):
            self.delegate.workerExited(WorkerID(number: worker), exit)
        case .measured(let floors): self.delegate.floorsMeasured(self.id, floors)
        }
    }
}

/// Closes a descriptor here and now: the other process has its own.
private func drop(_ descriptor: consuming OwnedDescriptor) {}
