import Linux

/// A worker's process. Its descriptor never refers to another process, while the kernel may reuse a process id
/// (pidfd_open(2)).
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

    /// The processor time and memory that it has used so far; nil when it has ended or the kernel does not report them.
    func usage() -> ProcessUsage? {
        ProcessUsage(of: self.descriptor)
    }

    func send(_ signal: EndSignal) {
        let number =
            switch signal {
            case .softStop: SoftStop.defaultSignal
            case .kill: Signal.kill
            }
        // An error means that the process has ended already, so that no signal is needed.
        try? self.descriptor.signal(number)
    }
}
