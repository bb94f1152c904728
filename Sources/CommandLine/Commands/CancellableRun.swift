import Client
import Synchronization
import Tasks
import Text

/// Runs one task from submission to response. Ctrl-C cancels the task. Owned by `terrarium run`.
struct CancellableRun: Sendable {
    var client: TerrariumClient
    var submission: TaskSubmission
    /// One element for each Ctrl-C.
    var interrupts: AsyncStream<CInt>
    /// Whether the prints of the task are not shown.
    var isQuiet: Bool
    /// Whether a line on the terminal says how many items are done, and how long it takes.
    var showsProgress: Bool
    /// Writes items that are finished before the result.
    var writeItems: @Sendable ([UInt8]) throws -> Void

    /// The results of the two child tasks: one runs the task, one waits for Ctrl-C.
    private enum Ending: Sendable {
        case answered(TaskAnswer)
        case interrupted
    }

    /// The task's identifier, once the service has assigned it.
    private final class Identifier: Sendable {
        private let stored = Mutex<String?>(nil)

        var value: String? {
            get { self.stored.withLock(\.self) }
            set { self.stored.withLock { $0 = newValue } }
        }
    }

    /// Runs the task, writes what it prints to standard error as it happens, and waits for its end.
    ///
    /// The first Ctrl-C requests the service to cancel the task, and the wait for the outcome continues. The second
    /// Ctrl-C ends the wait.
    func answer() async throws -> TaskAnswer {
        let identifier = Identifier()
        let isTerminal = Terminal.errorIsTerminal
        let client = self.client
        let submission = self.submission
        let interrupts = self.interrupts
        let isQuiet = self.isQuiet
        let writeItems = self.writeItems
        let showsProgress = self.showsProgress && isTerminal && Environment.variables["TERM"] != "dumb"
        return try await withThrowingTaskGroup(of: Ending.self) { group in
            let progress = RunProgress(isShown: showsProgress)
            group.addTask {
                defer { progress.write { $0.end() } }
                return .answered(
                    try await client.run(submission) { event in
                        switch event {
                        case .accepted(let id): identifier.value = id
                        case .log(let print):
                            guard !isQuiet else { break }
                            let text = isTerminal ? PrintableText.lines(print.text) : print.text
                            progress.write { $0.printed(text) }
                        case .items(let items):
                            progress.write { $0.end() }
                            try writeItems(items)
                        case .progress(let done, let total):
                            progress.write { $0.update(done: done, total: total) }
                        case .result: break
                        }
                    }
                )
            }
            group.addTask {
                var isCancelling = false
                for await _ in interrupts {
                    guard !isCancelling, let id = identifier.value else { return .interrupted }
                    isCancelling = true
                    // Fails when the task has ended in the meantime; its response then follows.
                    try? await client.cancel(id)
                }
                return .interrupted
            }
            if showsProgress {
                group.addTask {
                    try await progress.count()
                    return .interrupted
                }
            }
            defer { group.cancelAll() }
            guard case .answered(let answer) = try await group.next() else {
                throw CommandError(status: .cancelled, message: "cancelled")
            }
            return answer
        }
    }
}
