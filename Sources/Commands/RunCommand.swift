import ArgumentParser
import Client
import Synchronization
import Tasks

/// `terrarium run`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run Python over items and print the items that come out.",
        discussion: """
            The code is the body of a function: it sees _items (with --each: _item) and returns items.
            Standard output carries the result, standard error what the code prints and what went wrong.

            Exit codes: 0 succeeded, 1 the task failed, 2 bad usage or input, 3 no service answers, 4 refused by syntax
            or policy, 5 turned away, 77 the sandbox's floor is not met on this machine, 124 timed out, 130 cancelled.

            Examples:
              terrarium run -c 'return [{"sum": sum(i["json"]["n"] for i in _items)}]' --items numbers.json
              terrarium run enrich.py --each --items people.csv --format table
            """
    )

    @OptionGroup var source: CodeOptions
    @OptionGroup var service: ServiceOptions

    @Option(
        help: ArgumentHelp(
            "Items to run over: a JSON array or object, NDJSON or CSV; - is standard input.",
            valueName: "file"
        )
    )
    var items: String?

    @Option(help: "What the items are written in.")
    var itemsFormat: ItemsInput.Format?

    @Flag(help: "Run the code once for each item, which it sees as _item.")
    var each = false

    @Flag(help: "Turn a failure into an item with an error instead of failing.")
    var continueOnFail = false

    @Option(
        help: ArgumentHelp(
            "The longest run time, such as 5s, 250ms or 2m; the service may allow less.",
            valueName: "duration"
        )
    )
    var timeout: TimeoutArgument?

    @Option(help: "How results are written.")
    var format = ItemsOutput.json

    @Option(help: ArgumentHelp("A name for the task in lists and logs.", valueName: "text"))
    var label: String?

    @Flag(inversion: .prefixedNo, help: "Start a service in this process when none is running.")
    var embedded = true

    func validate() throws {
        guard self.source.file != "-" || self.items != "-" else {
            throw ValidationError("The code and the items cannot both come from standard input.")
        }
    }

    func run() async throws {
        let code = try self.source.text()
        let submission = TaskSubmission(
            code: code,
            items: try self.itemsText(),
            mode: self.each ? .eachItem : .allItems,
            continueOnFail: self.continueOnFail,
            timeout: self.timeout?.duration,
            label: self.label ?? self.source.label
        )
        // From here on: a service of our own must not be left behind half started.
        let interrupts = Interrupts.stream()
        let answer = try await self.service.withClient(allowsEmbedded: self.embedded) { client in
            try await TaskRun(client: client, submission: submission, interrupts: interrupts).answer()
        }
        if answer.logsTruncated {
            Terminal.error("note: the task printed more than the service keeps; the rest was cut off\n")
        }
        if let failure = answer.failure {
            let diagnostics = Diagnostics(fileName: self.source.name, code: code)
            Terminal.error(diagnostics.text(failure, outcome: answer.outcome))
        }
        if let items = answer.items {
            do {
                try Terminal.output(try self.format.text(items))
            } catch let complaint as Complaint {
                throw complaint
            } catch {
                throw Complaint(.malformedAnswer(reason: "\(error)"))
            }
        }
        let status = ExitStatus(outcome: answer.outcome)
        guard status == .success else { throw status.exitCode }
    }

    private func itemsText() throws(Complaint) -> [UInt8] {
        guard let path = self.items else { return Array("[]".utf8) }
        return try ItemsInput.array(
            try InputFile.bytes(path),
            format: self.itemsFormat ?? ItemsInput.Format(path: path),
            name: path == "-" ? "standard input" : path
        )
    }
}

/// A run time as a person types it.
struct TimeoutArgument: ExpressibleByArgument {
    var duration: Duration

    init?(argument: String) {
        guard let duration = SettingText.humanDuration(argument), duration > .zero else { return nil }
        self.duration = duration
    }
}

extension ItemsOutput: ExpressibleByArgument {}
extension ItemsInput.Format: ExpressibleByArgument {}

/// One task from submission to answer, which Ctrl-C cancels.
struct TaskRun: Sendable {
    var client: TerrariumClient
    var submission: TaskSubmission
    /// One element for each Ctrl-C.
    var interrupts: AsyncStream<CInt>

    /// How a task's two companions end: the one that runs it, and the one that listens for Ctrl-C.
    private enum Ending: Sendable {
        case answered(TaskAnswer)
        case interrupted
    }

    /// The task's name, once the service has given it one.
    private final class Identifier: Sendable {
        private let stored = Mutex<String?>(nil)

        var value: String? {
            get { self.stored.withLock(\.self) }
            set { self.stored.withLock { $0 = newValue } }
        }
    }

    /// Runs the task, writes what it prints to standard error as it happens, and waits for its end.
    ///
    /// The first Ctrl-C asks the service to cancel the task and goes on waiting for its outcome; the second does not wait.
    func answer() async throws -> TaskAnswer {
        let identifier = Identifier()
        let isTerminal = Terminal.errorIsTerminal
        let client = self.client
        let submission = self.submission
        let interrupts = self.interrupts
        return try await withThrowingTaskGroup(of: Ending.self) { group in
            group.addTask {
                .answered(
                    try await client.run(submission) { event in
                        switch event {
                        case .accepted(let id): identifier.value = id
                        case .log(let print):
                            Terminal.error(
                                isTerminal ? TerminalText.harmless(print.text, keepingLines: true) : print.text
                            )
                        case .progress, .result: break
                        }
                    }
                )
            }
            group.addTask {
                var isCancelling = false
                for await _ in interrupts {
                    guard !isCancelling, let id = identifier.value else { return .interrupted }
                    isCancelling = true
                    // A task that ended in the meantime is not there any more, and its answer is on its way.
                    try? await client.cancel(id)
                }
                return .interrupted
            }
            defer { group.cancelAll() }
            guard case .answered(let answer) = try await group.next() else {
                throw Complaint(status: .cancelled, message: "cancelled")
            }
            return answer
        }
    }
}
