/// The processes of a pool's workers, from the request for the fork until the exit is reported. Owned by ``WorkerPool`` and
/// used under its lock.
///
/// Process descriptors come over the control socket, frames over the worker's own socket. So the pool may have to
/// signal a worker before it knows the process. The signal is then kept, and sent when the process becomes known.
struct WorkerProcessTable {
    private enum Process {
        case requested(pendingSignal: WorkerProcess.EndSignal?)
        case alive(WorkerProcess)
    }

    private var entries: [WorkerID: (server: ForkServerID, process: Process)] = [:]

    mutating func requested(_ id: WorkerID, on server: ForkServerID) {
        self.entries[id] = (server, .requested(pendingSignal: nil))
    }

    mutating func started(_ id: WorkerID, _ process: WorkerProcess) {
        // The fork was given up meanwhile, so the pool has no use for the worker.
        guard let entry = self.entries[id] else { return process.send(.kill) }
        self.entries[id] = (entry.server, .alive(process))
        if case .requested(let signal?) = entry.process { process.send(signal) }
    }

    mutating func ended(_ id: WorkerID) {
        self.entries[id] = nil
    }

    mutating func serverEnded(_ id: ForkServerID) {
        self.entries = self.entries.filter { $0.value.server != id }
    }

    mutating func signal(_ id: WorkerID, _ signal: WorkerProcess.EndSignal) {
        guard let entry = self.entries[id] else { return }
        switch entry.process {
        case .requested: self.entries[id] = (entry.server, .requested(pendingSignal: signal))
        case .alive(let process): process.send(signal)
        }
    }

    /// The process of a worker; nil before it is known and after its end.
    func process(of id: WorkerID) -> WorkerProcess? {
        if case .alive(let process)? = self.entries[id]?.process { process } else { nil }
    }

    var count: Int { self.entries.count }
}
