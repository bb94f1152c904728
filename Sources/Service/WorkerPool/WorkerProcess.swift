import Linux

/// A worker's process, by a descriptor that cannot come to name another process (pidfd_open(2)).
final class WorkerProcess: Sendable {
    /// How a worker is made to end.
    enum EndSignal {
        /// Asks the worker to report where its code is and to end.
        case softStop
        case kill
    }

    let pid: Int32
    private let descriptor: ProcessDescriptor

    init(pid: Int32, descriptor: consuming ProcessDescriptor) {
        self.pid = pid
        self.descriptor = descriptor
    }

    /// What it has used so far; nil when it has ended or the kernel does not tell.
    func usage() -> ProcessUsage? {
        ProcessUsage(of: self.descriptor)
    }

    func send(_ signal: EndSignal) {
        let number =
            switch signal {
            case .softStop: SoftStop.defaultSignal
            case .kill: Signal.kill
            }
        // An error means that the process has ended, which is what the signal is for.
        try? self.descriptor.signal(number)
    }
}
