import Linux

/// A worker's process, named by a descriptor that cannot come to mean another process (pidfd_open(2)).
final class WorkerProcess: Sendable {
    let pid: Int32
    private let descriptor: ProcessDescriptor

    init(pid: Int32, descriptor: consuming ProcessDescriptor) {
        self.pid = pid
        self.descriptor = descriptor
    }

    func signal(_ number: Int32) {
        // It may have ended already, which is what most signals are for.
        try? self.descriptor.signal(number)
    }
}

/// The processes of workers between the request for their fork and the word of their exit. Both come over another socket
/// than the worker's frames, so a worker may have to be signalled before its process is known.
struct WorkerProcessTable {
    private enum Process {
        case requested(owed: WorkerConnection.WorkerSignal?)
        case alive(WorkerProcess)
    }

    private var entries: [WorkerID: (server: ForkServerID, process: Process)] = [:]

    mutating func requested(_ id: WorkerID, on server: ForkServerID) {
        self.entries[id] = (server, .requested(owed: nil))
    }

    mutating func started(_ id: WorkerID, _ process: WorkerProcess) {
        guard let entry = self.entries[id] else { return process.signal(Signal.kill) }
        self.entries[id] = (entry.server, .alive(process))
        if case .requested(let owed?) = entry.process {
            self.signal(id, owed)
        }
    }

    mutating func ended(_ id: WorkerID) {
        self.entries[id] = nil
    }

    mutating func serverEnded(_ id: ForkServerID) {
        self.entries = self.entries.filter { $0.value.server != id }
    }

    mutating func signal(_ id: WorkerID, _ signal: WorkerConnection.WorkerSignal) {
        guard let entry = self.entries[id] else { return }
        switch (entry.process, signal) {
        case (.requested, _): self.entries[id] = (entry.server, .requested(owed: signal))
        case (.alive(let process), .softStop): process.signal(SoftStop.defaultSignal)
        case (.alive(let process), .kill): process.signal(Signal.kill)
        }
    }

    var count: Int { self.entries.count }
}
