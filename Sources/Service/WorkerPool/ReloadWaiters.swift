/// The callers that wait for the end of a reload. Owned by ``WorkerPool`` and used under its lock.
struct ReloadWaiters: Sendable {
    typealias Waiter = @Sendable (WorkerPoolError?) -> Void

    private var waiters: [ReloadID: Waiter] = [:]
    private var last: UInt64 = 0

    mutating func add(_ waiter: @escaping Waiter) -> ReloadID {
        self.last += 1
        let id = ReloadID(number: self.last)
        self.waiters[id] = waiter
        return id
    }

    mutating func remove(_ id: ReloadID) -> Waiter? {
        self.waiters.removeValue(forKey: id)
    }
}
