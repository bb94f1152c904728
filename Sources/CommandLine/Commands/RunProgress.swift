import Synchronization

/// The progress of a task on the terminal, which is written from two tasks of a command: one receives events, one counts seconds.
final class RunProgress: Sendable {
    private let line: Mutex<ProgressLine>
    private let start = ContinuousClock.now

    init(isShown: Bool) {
        self.line = Mutex(ProgressLine(isShown: isShown))
    }

    /// Writes what a change of the line needs. Under the lock, so that changes are written in their order.
    func write(_ change: (inout ProgressLine) -> String) {
        self.line.withLock { line in
            let text = change(&line)
            if !text.isEmpty { Terminal.error(text) }
        }
    }

    /// Updates the time every second, until the task is cancelled.
    func count() async throws {
        while true {
            try await Task.sleep(for: .seconds(1))
            let elapsed = .now - self.start
            self.write { $0.update(elapsed: elapsed) }
        }
    }
}
