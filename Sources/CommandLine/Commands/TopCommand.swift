import ArgumentParser
import Client

/// The command `terrarium top`.
struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Show the tasks that run, with their processor time and memory, again and again until Ctrl-C.",
        discussion: """
            The tasks are your own, or as root those of all users. cpu% is the share of one processor since the screen before. \
            The line a task is at is not shown: it is known only when a task is stopped, and then in the failure.
            """
    )

    @OptionGroup var service: ServiceOptions

    @Flag(help: "Show it once; the default where standard output is no terminal.")
    var once = false

    func run() async throws {
        let isOnce = self.once || Terminal.outputSize == nil
        try await self.service.withClient(allowsEmbedded: false) { client in
            let before = Before()
            guard !isOnce else { return try Terminal.output(try await Self.text(client, before)) }
            try await Watch.repeating { try await Self.text(client, before) }
        }
    }

    /// The tasks of the previous report, by identifier.
    private actor Before {
        private var tasks: [String: JSONTree] = [:]

        /// Stores the tasks of the new report, and returns those of the previous one.
        func replace(with tasks: [JSONTree]) -> [String: JSONTree] {
            defer {
                self.tasks = [:]
                for task in tasks { if let id = task["id"]?.text { self.tasks[id] = task } }
            }
            return self.tasks
        }
    }

    private static func text(_ client: TerrariumClient, _ before: Before) async throws -> String {
        let tasks = try await client.tasks()["tasks"]?.elements ?? []
        let report = TopReport(info: try await client.info(), tasks: tasks, before: await before.replace(with: tasks))
        return report.text(on: .standardOutput)
    }
}
