/// Why a pool cannot run tasks, in words for the operator.
public enum WorkerPoolError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The sandbox's minimum is not met.
    case sandbox(String)
    /// The worker program could not be started, or it ended.
    case worker(String)
    /// A thread, a process, memory or a descriptor is short on this machine. A later attempt may succeed.
    case shortage(String)

    static let stopping = WorkerPoolError.worker("the service is stopping")
    static let superseded = WorkerPoolError.worker("a later reload replaced it")

    public var description: String {
        switch self {
        case .sandbox(let reason), .worker(let reason), .shortage(let reason): reason
        }
    }
}
