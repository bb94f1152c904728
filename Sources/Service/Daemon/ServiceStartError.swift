import WorkerPool

/// Why the service does not start: the exit code, and a message of one line for the operator.
package struct ServiceStartError: Error, Equatable {
    package var exit: ServiceExitCode
    package var message: String
}

extension ServiceStartError {
    init(_ error: WorkerPoolError) {
        switch error {
        case .sandbox(let reason): self.init(exit: .sandboxMinimumNotMet, message: reason)
        case .worker(let reason), .shortage(let reason): self.init(exit: .failure, message: reason)
        }
    }
}
