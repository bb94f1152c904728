import Client
import Synchronization
import Tasks
import Text

/// One task from submission to answer. Ctrl-C cancels it. Owned by `terrarium run`.
struct CancellableRun: Sendable {
    var client: TerrariumClient
    var submission: TaskSubmission
    /// One element for each Ctrl-C.
    var interrupts: AsyncStream<CInt>
    /// Whether what the task prints is left out.
    var isQuiet: Bool
    /// Whether a line on the terminal says how many items are done.
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
    /// At the first Ctrl-C the service is asked to cancel the task, and the wait for its outcome goes on; the second ends the wait.
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
            group.addTask {
                var progress = ProgressLine(isShown: showsProgress)
                defer { Terminal.error(progress.end()) }
                return .answered(
                    try await client.run(submission) { event in
                        switch event {
                        case .accepted(let id): identifier.value = id
                        case .log(let print):
                            guard !isQuiet else { break }
                            let text = isTerminal ? PrintableText.lines(print.text) : print.text
                            Terminal.error(progress.printed(text))
                        case .items(let items):
                            Terminal.error(progress.end())
                            try writeItems(items)
                        case .progress(let done, let total): Terminal.error(progress.update(done: done, total: total))
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
                    // Fails when the task has ended in the meantime; its answer follows then.
                    try? await client.cancel(id)
                }
                return .interrupted
            }
            defer { group.cancelAll() }
            guard case .answered(let answer) = try await group.next() else {
                throw CommandError(status: .cancelled, message: "cancelled")
            }
            return answer
        }
    }
}
