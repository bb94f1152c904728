import ArgumentParser
import Client
import Tasks
import Text

/// The command `terrarium run`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run Python over items and print the items that come out.",
        usage: """
            terrarium run <file.py> [<options>]
            terrarium run -c <code> [<options>]
            """,
        discussion: """
            The code is the body of a function: it sees _items (with --each: _item) and returns items. Standard output \
            carries the result, standard error what the code prints and what went wrong.

            Exit codes:
              0    succeeded
              1    the task failed
              2    bad usage or input
              3    no service answers
              4    refused by syntax or policy
              5    turned away
              77   the sandbox's minimum is not met on this machine
              124  timed out
              130  cancelled

            Examples:
              terrarium run -c 'return [{"n": len(_items)}]' --items numbers.json
              terrarium run enrich.py --each --items people.csv --format table
            """
    )

    @OptionGroup var source: CodeOptions
    @OptionGroup var service: ServiceOptions

    @Option(
        help: ArgumentHelp(
            "Items to run over: a JSON array or object, NDJSON or CSV; - is standard input, which is also read when it is a pipe or a file.",
            valueName: "file"
        ),
        completion: .file()
    )
    var items: String?

    @Option(help: "The format of the items.")
    var itemsFormat: ItemsInput.Format?

    @Option(
        help: ArgumentHelp(
            "What separates the fields of CSV, such as ; or tab; without it the likeliest is taken.",
            valueName: "character"
        )
    )
    var delimiter: CSVDelimiter?

    @Flag(help: "Run the code once for each item, which it sees as _item.")
    var each = false

    @Flag(help: "Turn a failure into an item with an error instead of failing.")
    var continueOnFail = false

    @Option(
        help: ArgumentHelp(
            "The longest run time, such as 5s, 250ms or 1m30s; the service may allow less.",
            valueName: "duration"
        )
    )
    var timeout: TimeoutArgument?

    @Option(help: "How results are written; full is the whole response, also of a task that failed.")
    var format = RunFormat.json

    @Option(help: ArgumentHelp("A name for the task in lists and logs.", valueName: "text"))
    var label: String?

    @OptionGroup var verbosity: VerbosityOptions

    @Flag(inversion: .prefixedNo, help: "Start a service in this process when none is running.")
    var embedded = true

    func validate() throws {
        guard self.source.file != "-" || self.items != "-" else {
            throw ValidationError("The code and the items cannot both come from standard input.")
        }
    }

    func run() async throws {
        let code = try self.source.text()
        var prepared = TaskSubmission(
            code: code,
            items: try self.itemsText(),
            mode: self.each ? .eachItem : .allItems,
            continueOnFail: self.continueOnFail,
            timeout: self.timeout?.duration,
            label: self.label ?? self.source.label
        )
        prepared.trace = Environment.variables["TRACEPARENT"].flatMap { TraceContext($0) }
        // With --each and NDJSON, items are written as soon as they are finished.
        prepared.task.streamsItems = self.each && self.format == .ndjson
        let submission = prepared
        // Signals are handled before the connection is made, so that Ctrl-C also stops an embedded service that is
        // still starting.
        let interrupts = Interrupts.stream()
        let isQuiet = self.verbosity.quiet
        let (answer, note) = try await self.service.withClient(allowsEmbedded: self.embedded, isQuiet: isQuiet) {
            [timeout = self.timeout?.duration] client in
            if !isQuiet, let timeout, let note = try await Self.noteOfCap(timeout, client) {
                VerbosityOptions.write(note)
            }
            let answer = try await CancellableRun(
                client: client,
                submission: submission,
                interrupts: interrupts,
                isQuiet: isQuiet,
                showsProgress: !isQuiet,
                writeItems: { try Terminal.output(try Self.text(of: $0, as: .ndjson)) }
            )
            .answer()
            return (answer, await EmptyResult.note(of: submission, answer, client: client))
        }
        if answer.logsTruncated {
            self.verbosity.note("the task printed more than the service keeps; the rest was cut off")
        }
        if self.verbosity.verbose { self.verbosity.note(VerbosityOptions.summary(answer)) }
        // Above the message of a failure, so that a terminal shows that last.
        try self.write(answer)
        if let failure = answer.failure {
            let texts = TaskFailureText(fileName: self.source.name, code: code, style: .standardError)
            Terminal.error(texts.text(failure, outcome: answer.outcome))
        }
        if let partial = answer.partialItems, self.format != .full {
            self.verbosity.note(Self.noteOfPartialItems(try Self.count(of: partial)))
        }
        if let note { self.verbosity.note(note) }
        let status = ExitStatus(outcome: answer.outcome)
        guard status == .success else { throw status.exitCode }
    }

    /// Writes the result to standard output; for a failed task the items that were finished before.
    private func write(_ answer: TaskAnswer) throws(CommandError) {
        guard let format = self.format.items else { return try Terminal.output(RunFormat.full(answer)) }
        guard let items = answer.items ?? answer.partialItems else { return }
        try Terminal.output(try Self.text(of: items, as: format))
    }

    private static func text(of items: [UInt8], as format: ItemsOutput) throws(CommandError) -> [UInt8] {
        do {
            return try format.text(items)
        } catch {
            throw CommandError(.malformedAnswer(reason: "\(error)"))
        }
    }

    /// What to say when the service allows a shorter run time than what is asked for.
    private static func noteOfCap(_ timeout: Duration, _ client: TerrariumClient) async throws -> String? {
        let limit = try await client.info()["limits"]?["task_timeout_ms"]?.milliseconds
        guard let limit, limit < timeout else { return nil }
        let seconds = DurationText.shortest(limit, in: .seconds, decimals: 3)
        return "the service ends tasks after \(seconds) s (TERRARIUM_TASK_TIMEOUT), which is less than --timeout"
    }

    private static func count(of items: [UInt8]) throws(CommandError) -> Int {
        do {
            return try ItemsOutput.elements(of: items).count
        } catch {
            throw CommandError(.malformedAnswer(reason: "\(error)"))
        }
    }

    private static func noteOfPartialItems(_ count: Int) -> String {
        "\(HumanText.count(count, "item")) finished before the failure: standard output has \(count == 1 ? "it" : "them")"
    }

    private func itemsText() throws(CommandError) -> [UInt8] {
        guard let path = self.items else { return try self.pipedItems() }
        return try ItemsInput.array(
            try InputFile.bytes(path),
            format: self.itemsFormat ?? ItemsInput.Format(path: path),
            delimiter: self.delimiter,
            name: path == "-" ? "standard input" : path
        )
    }

    /// The items from standard input, if that is a pipe or a file and the code does not come from it; otherwise an
    /// empty array.
    private func pipedItems() throws(CommandError) -> [UInt8] {
        let none = Array("[]".utf8)
        guard self.source.file != "-", InputFile.standardInputIsPiped else { return none }
        let bytes = try InputFile.bytes("-")
        guard bytes.contains(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) else { return none }
        return try ItemsInput.array(
            bytes,
            format: self.itemsFormat ?? .auto,
            delimiter: self.delimiter,
            name: "standard input"
        )
    }
}

extension ItemsInput.Format: ExpressibleByArgument {}
