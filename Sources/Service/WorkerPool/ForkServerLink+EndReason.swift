import Linux
import Wire

extension ForkServerLink {
    /// Why a fork server's process is gone.
    enum EndReason: Sendable {
        /// The fork server reported why it cannot serve.
        case failed(ForkServerFailure)
        /// These modules start threads when they are imported, so the fork server could not fork. The next one must not
        /// preload them.
        case startsThreads([String])
        /// It could not be spawned.
        case notSpawned(String)
        /// It could not be spawned because a thread, a process, memory or descriptors are short. A later attempt may
        /// succeed.
        case shortage(SystemError)
        /// It was ended because it was not ready in time.
        case overdue
        /// It ended without reporting a reason.
        case exited(String)
        /// The pool stopped it.
        case stopped

        /// The reason as an error, for the log and for callers that wait for the pool to start.
        var error: WorkerPoolError {
            switch self {
            case .failed(let failure) where failure.reason == .sandbox: .sandbox(failure.message)
            case .failed(let failure): .worker(failure.message)
            case .startsThreads(let modules):
                .worker("the process has threads after the import of \(modules.joined(separator: ", "))")
            case .overdue: .worker("the fork server took too long to start: an import of a package may hang")
            case .notSpawned(let message): .worker(message)
            case .shortage(let error): .shortage("the fork server cannot be started: \(error.descriptionWithRemedy)")
            case .exited(let status): .worker("the fork server ended: \(status)")
            case .stopped: .worker("the fork server was stopped")
            }
        }
    }
}
