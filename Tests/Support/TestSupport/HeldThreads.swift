public import Linux
import Synchronization

/// Threads of a `WorkQueue` that run when the test says so, on the thread of the test.
public final class HeldThreads: Sendable {
    private let bodies = Mutex<[@Sendable () -> Void]>([])

    public init() {}

    /// A queue whose threads are these.
    public var queue: WorkQueue {
        WorkQueue { body throws(SystemError) in self.bodies.withLock { $0.append(body) } }
    }

    /// How many threads were started and have not run.
    public var count: Int { self.bodies.withLock(\.count) }

    /// Runs the threads that were started.
    public func run() {
        let bodies = self.bodies.withLock { bodies in
            defer { bodies = [] }
            return bodies
        }
        for body in bodies { body() }
    }
}
