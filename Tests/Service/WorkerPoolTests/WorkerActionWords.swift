import Tasks

@testable import WorkerPool

extension WorkerAction where Job == String {
    /// The action as short words, so that a script of events and actions reads as one.
    var words: String {
        switch self {
        case .fork(let worker, let server): "fork \(worker) on \(server)"
        case .assign(let worker, let pending): "assign \(pending.job) to \(worker)"
        case .discard(let worker): "discard \(worker)"
        case .orphan(let worker): "orphan \(worker)"
        case .stopTask(let worker, let reason): "stop task of \(worker), \(reason)"
        case .fail(let pending, let failure): "fail \(pending.job) \(failure.kind.name)"
        case .scheduleRefill: "refill later"
        }
    }
}
