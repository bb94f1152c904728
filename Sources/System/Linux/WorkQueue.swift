internal import Synchronization

/// Runs work that would keep an event loop from its other connections, such as reading a large JSON text, on threads of its
/// own: a few at a time, in the order in which it came. Callable from any thread; never waits for the work.
///
/// A thread is started when work comes and ends when none is left. While no thread can be started (EAGAIN) and none runs, the
/// work runs on the thread of the caller.
public final class WorkQueue: Sendable {
    /// Starts a thread that runs `body` and then ends.
    public typealias ThreadStart = @Sendable (_ body: @escaping @Sendable () -> Void) throws(SystemError) -> Void

    private struct State {
        var waiting: [@Sendable () -> Void] = []
        var threads = 0
    }

    private let maximumThreads: Int
    private let startThread: ThreadStart
    private let state = Mutex(State())

    /// - Parameters:
    ///   - maximumThreads: How many threads there may be at a time; one for each processor, and at least two, by default.
    ///   - startThread: How a thread is started.
    public init(
        maximumThreads: Int = max(2, CurrentProcess.processors),
        startThread: @escaping ThreadStart = { body throws(SystemError) in try DedicatedThread.start(body) }
    ) {
        self.maximumThreads = maximumThreads
        self.startThread = startThread
    }

    /// Runs `work` as soon as a thread is free.
    public func run(_ work: @escaping @Sendable () -> Void) {
        let needsThread = self.state.withLock { state in
            state.waiting.append(work)
            guard state.threads < self.maximumThreads else { return false }
            state.threads += 1
            return true
        }
        guard needsThread else { return }
        do throws(SystemError) {
            try self.startThread { self.runWaiting() }
        } catch {
            // Where a thread runs, it gets to this work.
            let isAlone = self.state.withLock { state in
                guard state.threads == 1 else {
                    state.threads -= 1
                    return false
                }
                return true
            }
            if isAlone { self.runWaiting() }
        }
    }

    /// On a thread that is counted: runs what waits until nothing does.
    private func runWaiting() {
        while let work = self.next() { work() }
    }

    /// Nil when nothing waits; the thread is not counted any more then.
    private func next() -> (@Sendable () -> Void)? {
        self.state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.threads -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
    }
}
