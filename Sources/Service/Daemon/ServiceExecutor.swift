import DequeModule
import Dispatch
import Linux
import Synchronization

/// Runs the service's asynchronous code on one thread, which the initializer starts.
///
/// The Swift runtime's own executor starts threads on demand and ends them after a few idle seconds. At a limit on threads
/// (RLIMIT_NPROC, `TasksMax=`) a call to that executor blocks until a thread can be made, and the caller may be an event
/// loop. `ServiceExecutor` is the preferred executor of the task that runs all services. It never starts another thread.
final class ServiceExecutor: TaskExecutor {
    private let jobs = Mutex<Deque<UnownedJob>>([])
    /// The count of this semaphore is the number of elements of `jobs`.
    private let available = DispatchSemaphore(value: 0)

    /// - Throws: `SystemError` when the thread cannot be started.
    init() throws(SystemError) {
        try DedicatedThread.start { self.run() }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.jobs.withLock { $0.append(job) }
        self.available.signal()
    }

    /// Runs jobs until the process ends.
    private func run() -> Never {
        while true {
            self.available.wait()
            guard let job = self.jobs.withLock({ $0.popFirst() }) else { continue }
            job.runSynchronously(on: self.asUnownedTaskExecutor())
        }
    }
}
