import Glibc
import Linux

/// Writes log lines on its own thread, so that a logging call never blocks on a slow reader of the log.
///
/// A `StandardErrorLog` owns it. The first line starts the thread. The thread waits on a condition variable while no lines
/// are queued, and ends after the last line once the `LogWriter` is deinitialized. A stalled reader blocks only that
/// thread.
///
/// If no thread can be started (EAGAIN), lines stay in the queue: each new line tries to start the thread again, and
/// `flush` writes the queued lines on its caller's thread.
final class LogWriter: Sendable {
    /// Starts a thread that runs `body` and then ends.
    typealias ThreadStart = @Sendable (_ body: @escaping @Sendable () -> Void) throws(SystemError) -> Void

    /// The bound on queued bytes: about 2,000 lines of the usual length. A batch of the same size may be in the process of
    /// being written, so lines take at most 1 MiB.
    static let queueLimit = 512 * 1024

    private let core: Core

    /// Creates a writer; `append` or `flush` starts the thread.
    ///
    /// - Parameters:
    ///   - descriptor: Borrowed. It must stay open until `flush` has returned true.
    ///   - queueLimit: The largest number of queued bytes.
    ///   - startThread: How the thread is started.
    ///   - notice: Makes the line that reports how many lines are missing.
    init(
        descriptor: CInt,
        queueLimit: Int = LogWriter.queueLimit,
        startThread: @escaping ThreadStart = LogWriter.startThread,
        notice: @escaping @Sendable (Int) -> [UInt8]
    ) {
        self.core = Core(descriptor: descriptor, queueLimit: queueLimit, startThread: startThread, notice: notice)
    }

    deinit {
        self.core.close()
    }

    /// How many lines were dropped or could not be written.
    var dropped: Int { self.core.monitor.withLock(\.queue.dropped) }

    /// Queues a line, or drops it when the queue is full. Does not block.
    func append(_ line: [UInt8]) {
        self.core.append(line)
    }

    /// Waits until all queued lines are written. Blocks the calling thread for at most `limit`.
    ///
    /// - Returns: Whether every line was written or counted as lost before the limit.
    @discardableResult
    func flush(within limit: Duration) -> Bool {
        self.core.flush(until: .now + limit)
    }

    /// Starts the writer's detached thread.
    static let startThread: ThreadStart = { body throws(SystemError) in
        try DedicatedThread.start {
            // All signals are blocked: no handler runs on this thread, and SIGPIPE stays pending, so that write(2) returns
            // EPIPE under any disposition of SIGPIPE.
            var all = sigset_t()
            sigfillset(&all)
            pthread_sigmask(SIG_BLOCK, &all, nil)
            body()
        }
    }
}

/// The state that a `LogWriter` shares with its thread; the running thread keeps it alive.
private final class Core: Sendable {
    struct State: Sendable {
        var queue: LogQueue
        /// The thread that has set `isWriting` writes with a copy of this value outside the lock.
        var output: LogOutput
        var hasThread = false
        /// Whether the thread waits, so that the next line must wake it.
        var isAsleep = false
        var isWriting = false
        var isClosed = false

        /// Takes the next batch for the calling thread to write.
        mutating func begin() -> LogQueue.Batch? {
            guard !self.isWriting, let batch = self.queue.take() else { return nil }
            self.isWriting = true
            return batch
        }
    }

    private enum Step {
        case write(LogQueue.Batch)
        case end
    }

    let monitor: Monitor<State>
    private let startThread: LogWriter.ThreadStart
    private let notice: @Sendable (Int) -> [UInt8]

    init(
        descriptor: CInt,
        queueLimit: Int,
        startThread: @escaping LogWriter.ThreadStart,
        notice: @escaping @Sendable (Int) -> [UInt8]
    ) {
        self.monitor = Monitor(
            State(queue: LogQueue(limit: queueLimit), output: LogOutput(descriptor: descriptor))
        )
        self.startThread = startThread
        self.notice = notice
    }

    func append(_ line: [UInt8]) {
        let wakes = self.monitor.withLock { state in
            state.queue.append(line)
            self.ensureThread(&state)
            // One notification is enough for all lines that arrive before the thread runs.
            defer { state.isAsleep = false }
            return state.isAsleep
        }
        if wakes { self.monitor.notifyAll() }
    }

    func flush(until deadline: ContinuousClock.Instant) -> Bool {
        let hasThread = self.monitor.withLock { state in
            if state.queue.hasWork { self.ensureThread(&state) }
            return state.hasThread
        }
        if !hasThread {
            while let batch = self.monitor.withLock({ $0.begin() }) { self.write(batch, until: deadline) }
        }
        return self.monitor.wait(until: deadline) { $0.isWriting || $0.queue.hasWork ? nil : true } ?? false
    }

    /// Tells the thread to end when it has written all queued lines.
    func close() {
        self.monitor.withLock { $0.isClosed = true }
        self.monitor.notifyAll()
    }

    private func ensureThread(_ state: inout State) {
        guard !state.hasThread else { return }
        do {
            try self.startThread { self.run() }
            state.hasThread = true
        } catch {
            // The user or the control group is at its limit on threads: the next line tries again.
        }
    }

    private func run() {
        while true {
            let step: Step? = self.monitor.wait { state in
                if let batch = state.begin() { return .write(batch) }
                if state.isClosed { return .end }
                state.isAsleep = true
                return nil
            }
            guard case .write(let batch)? = step else { return }
            self.write(batch, until: nil)
        }
    }

    /// Writes a batch, then a line that says how many lines are missing after it.
    private func write(_ batch: LogQueue.Batch, until deadline: ContinuousClock.Instant?) {
        var output = self.monitor.withLock(\.output)
        let lost = output.write(batch.lines, until: deadline)
        let missing = batch.dropped + lost
        let isReported = missing == 0 || output.write(self.notice(missing), until: deadline) == 0
        self.monitor.withLock { state in
            state.output = output
            state.queue.finished(batch, lost: lost, isReported: isReported)
            state.isWriting = false
        }
        // Wakes a thread that waits in `flush`.
        self.monitor.notifyAll()
    }
}
