import Linux
import Wire

extension ForkServerLink {
    /// Why a fork server's process is gone.
    enum EndReason: Sendable {
        /// It reported why it cannot serve.
        case failed(ForkServerFailure)
        /// It was a trial: these modules start threads, and the next fork server must leave them out.
        case startsThreads([String])
        /// It could not be spawned.
        case notSpawned(String)
        /// It could not be spawned because a thread, a process, memory or descriptors are short. A later attempt may succeed.
        case shortage(SystemError)
        /// It was ended because it was not ready in time.
        case overdue
        /// It ended without reporting a reason.
        case exited(String)
        /// The pool stopped it.
        case stopped

        /// The reason for a caller that waits for the pool to start, and for the log.
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
