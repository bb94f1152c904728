import Synchronization
import Tasks

/// Starts a pool. The start succeeds when a worker has run a readiness task.
extension WorkerPool {
    struct StartState {
        /// Whether the readiness task has succeeded, or no caller waits for it.
        var isReady = false
        var isReadinessTaskRunning = false
        var error: WorkerPoolError?
        var waiters: [CheckedContinuation<Void, any Error>] = []
    }

    /// Starts the first fork server and returns when the readiness task has succeeded.
    ///
    /// - Throws: ``WorkerPoolError`` when no fork server becomes ready or the task fails. The pool is stopped then.
    public func start() async throws {
        self.perform { $0.machine.startAwaited() }
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let result: Swift.Result<Void, any Error>? = self.state.withLock { state in
                if let error = state.start.error { return .failure(error) }
                guard !state.start.isReady else { return .success(()) }
                state.start.waiters.append(continuation)
                return nil
            }
            if let result {
                continuation.resume(with: result)
            }
        }
    }

    /// Starts the first fork server for a reload and returns at once. Tasks wait for it; if it fails, it is started again.
    func startInBackground(ended: @escaping @Sendable (WorkerPoolError?) -> Void) {
        self.perform { state in
            state.start.isReady = true
            return state.machine.startUnawaited(for: state.reloads.add(ended))
        }
    }

    /// A fork server became ready: runs the readiness task if a caller waits for the start.
    func runReadinessTaskIfAwaited() {
        let isAwaited = self.state.withLock { state in
            guard state.machine.isAwaitingStart, !state.start.isReadinessTaskRunning else { return false }
            state.start.isReadinessTaskRunning = true
            return true
        }
        guard isAwaited else { return }
        var generator = SystemRandomNumberGenerator()
        let assignment = TaskAssignment(
            id: TaskID(using: &generator),
            task: PythonTask(code: Array("return _items".utf8)[...]),
            timeout: .seconds(10)
        )
        self.execute(
            assignment,
            observer: OutcomeWaiter { outcome in
                switch outcome.result {
                case .items, .checked: self.resolveStart(nil)
                case .failure(let failure):
                    self.resolveStart(.worker("the readiness task failed: \(failure.message)"))
                    self.beginStopping()
                }
            }
        )
    }

    /// Answers the callers that wait for the start.
    func resolveStart(_ error: WorkerPoolError?) {
        let waiters = self.state.withLock { state in
            state.start.error = error
            state.start.isReady = state.start.isReady || error == nil
            state.machine.startResolved()
            defer { state.start.waiters = [] }
            return state.start.waiters
        }
        for waiter in waiters {
            if let error {
                waiter.resume(throwing: error)
            } else {
                waiter.resume()
            }
        }
    }
}
