import ArgumentParser
import Client

/// The command `terrarium logs`.
struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract:
            "Show the tasks that ended, with outcome, time and the reason of a failure; or all about one of them.",
        usage: "terrarium logs [<id>] [<options>]",
        discussion: """
            The tasks are your own, or as root those of all users. The service keeps the last 500 that succeeded and the last 500 \
            that failed in its memory. It keeps neither their code nor their items nor what they printed: that went to the \
            client that ran them. The log of the service itself is in the journal: journalctl --unit terrarium.
            """
    )

    @OptionGroup var service: ServiceOptions

    @Argument(help: "A task's identifier, or its first digits.")
    var id: String?

    @Flag(name: .shortAndLong, help: "Go on with the tasks that end from now on; with a task, wait for its end.")
    var follow = false

    @Flag(help: "Only tasks that failed.")
    var failed = false

    @Option(
        name: [.customShort("n"), .long],
        help: ArgumentHelp("The largest number of tasks that are shown first.", valueName: "number")
    )
    var lines = 50

    @Flag(help: "Write a JSON object for each task, one a line.")
    var json = false

    /// The time between two requests to the service with `--follow`.
    private static let interval = Duration.milliseconds(500)

    func validate() throws {
        guard (0...1000).contains(self.lines) else { throw ValidationError("--lines is a number from 0 to 1000.") }
    }

    func run() async throws {
        let command = self
        try await self.service.withClient(allowsEmbedded: false) { client in
            if let id = command.id {
                try await command.show(id, client)
            } else {
                try await command.list(client)
            }
        }
    }

    private func list(_ client: TerrariumClient) async throws {
        var page = try await client.history(onlyFailures: self.failed, limit: max(1, self.lines))
        try self.write(self.lines == 0 ? [] : page["tasks"]?.elements ?? [])
        while self.follow {
            let last = page["last"]?.integer ?? 0
            try await Task.sleep(for: Self.interval)
            page = try await client.history(after: last, onlyFailures: self.failed)
            // A lower number means that the service was restarted and counts from 1 again, so all its tasks are new.
            if let newest = page["last"]?.integer, newest < last {
                page = try await client.history(onlyFailures: self.failed)
            }
            try self.write(page["tasks"]?.elements ?? [])
        }
    }

    private func write(_ tasks: [JSONTree]) throws {
        let screen = Screen.standardOutput
        let lines = tasks.map { self.json ? $0.line : screen.cut(HistoryText.line($0, screen)) }
        if !lines.isEmpty { try Terminal.output(lines.map { $0 + "\n" }.joined()) }
    }

    private func show(_ id: String, _ client: TerrariumClient) async throws {
        let prefix = TaskPrefix(id)
        while true {
            // The list is asked for before the history: a task that ends in between is in the history then.
            let isActive = try prefix.find(in: try await client.tasks()) != nil
            if let task = try prefix.find(in: try await client.history()) {
                return try Terminal.output(
                    self.json ? task.line + "\n" : HistoryText.details(task, .standardOutput)
                )
            }
            guard isActive, self.follow else {
                throw CommandError(
                    status: .failure,
                    message: isActive
                        ? "the task \(id) has not ended; wait for it with --follow"
                        : "there is no task \(id) of yours among those that ended last"
                )
            }
            try await Task.sleep(for: Self.interval)
        }
    }
}
