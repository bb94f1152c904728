import ArgumentParser
import Client
import Tasks
import Text

/// The command `terrarium tasks`.
struct TasksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tasks",
        abstract: "List the tasks that wait or run: your own, or as root those of all users."
    )

    @OptionGroup var service: ServiceOptions

    @OptionGroup var list: ListOptions

    func run() async throws {
        let list = try await self.service.withClient(allowsEmbedded: false) { try await $0.tasks() }
        guard let tasks = list["tasks"]?.elements else {
            throw CommandError(.malformedAnswer(reason: "the list of tasks has no tasks"))
        }
        switch self.list.chosen {
        case .json: try Terminal.output(list.line + "\n")
        case .table: try Terminal.output(Self.table(tasks, on: .standardOutput))
        }
    }

    /// The list for a terminal: labels are cut where it is too wide.
    static func table(_ tasks: [JSONTree], on screen: Screen) -> String {
        var table = TextTable(columns: [
            .init(title: "id"), .init(title: "state"), .init(title: "mode"), .init(title: "age", isRightAligned: true),
            .init(title: "uid", isRightAligned: true), .init(title: "label", overflow: .cut),
        ])
        table.rows = tasks.map { task in
            [
                task["id"]?.text ?? "",
                task["state"]?.text ?? "",
                task["mode"]?.text ?? "",
                task["age_ms"]?.milliseconds.map { "\(DurationText.fixed($0, in: .seconds, decimals: 1)) s" } ?? "",
                task["peer_uid"]?.integer.map { "\($0)" } ?? "",
                task["label"]?.text ?? "",
            ]
            .map { screen.text($0) }
        }
        return table.text(on: screen)
    }
}
