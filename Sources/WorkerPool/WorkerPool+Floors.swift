import Synchronization
public import Tasks

extension WorkerPool {
    /// Has the serving fork server measure what a worker's life costs at least, `rounds` times each. It forks nothing
    /// else meanwhile, so this is for a service without tasks.
    ///
    /// - Throws: ``WorkerPoolError`` when no fork server serves, or it ends before it answers.
    public func measureFloors(rounds: Int) async throws -> FloorReport {
        try await withCheckedThrowingContinuation { continuation in
            let (id, link) = self.state.withLock { state in
                let id = state.machine.servingServer
                if let id {
                    state.floorWaiters[id, default: []].append(continuation)
                }
                return (id, id.flatMap { state.links[$0] })
            }
            guard let id else {
                return continuation.resume(throwing: WorkerPoolError.worker("no fork server serves"))
            }
            guard link?.measureFloors(rounds: UInt32(clamping: rounds)) != true else { return }
            for waiter in self.takeFloorWaiters(id) {
                waiter.resume(throwing: WorkerPoolError.worker("the fork server has ended"))
            }
        }
    }
}
