import ArgumentParser
import Client
import Tasks

/// How lists are written.
enum ListFormat: String, CaseIterable, ExpressibleByArgument {
    case table
    case json
}

/// `terrarium tasks`.
struct TasksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tasks",
        abstract: "List the tasks that wait or run: your own, or as root everybody's."
    )

    @OptionGroup var service: ServiceOptions

    @Option(help: "How the list is written.")
    var format = ListFormat.table

    func run() async throws {
        let list = try await self.service.withClient(allowsEmbedded: false) { try await $0.tasks() }
        guard let tasks = list["tasks"]?.elements else {
            throw Complaint(.malformedAnswer(reason: "the list of tasks has no tasks"))
        }
        switch self.format {
        case .json: try Terminal.output(list.line + "\n")
        case .table: try Terminal.output(Self.table(tasks))
        }
    }

    static func table(_ tasks: [JSONTree]) -> String {
        var table = TextTable(columns: [
            .init(title: "id"), .init(title: "state"), .init(title: "mode"), .init(title: "age", isRightAligned: true),
            .init(title: "uid", isRightAligned: true), .init(title: "label"),
        ])
        table.rows = tasks.map { task in
            [
                task["id"]?.text ?? "",
                task["state"]?.text ?? "",
                task["mode"]?.text ?? "",
                task["age_ms"]?.double.map { Self.age(.milliseconds($0)) } ?? "",
                task["peer_uid"]?.integer.map { "\($0)" } ?? "",
                task["label"]?.text ?? "",
            ]
            .map { TerminalText.harmless($0, keepingLines: false) }
        }
        return table.text
    }

    private static func age(_ age: Duration) -> String {
        let tenths = age / .milliseconds(100)
        return "\(Int(tenths) / 10).\(Int(tenths) % 10) s"
    }
}

/// `terrarium cancel`.
struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel a task that waits or runs."
    )

    @OptionGroup var service: ServiceOptions

    @Argument(help: "The task's identifier, as \"terrarium tasks\" shows it.")
    var id: String

    func run() async throws {
        do {
            try await self.service.withClient(allowsEmbedded: false) { [id] client in
                do {
                    try await client.cancel(id)
                } catch ClientError.refused(let problem) where problem.status == 404 {
                    throw Complaint(status: .failure, message: "there is no task \(id) of yours that waits or runs")
                }
            }
        }
    }
}

/// `terrarium info`.
struct InfoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Show what the running service says about itself: versions, policy, limits, sandbox, pool."
    )

    @OptionGroup var service: ServiceOptions

    @Option(help: "How it is written.")
    var format = ListFormat.table

    func run() async throws {
        let info = try await self.service.withClient(allowsEmbedded: false) { try await $0.info() }
        switch self.format {
        case .json: try Terminal.output(info.line + "\n")
        case .table: try Terminal.output(Self.rows(info, prefix: "").map { $0 + "\n" }.joined())
        }
    }

    /// The leaves of a tree as `a.b  value` lines.
    static func rows(_ tree: JSONTree, prefix: String) -> [String] {
        let width = 28
        func row(_ value: String) -> String {
            let padding = String(repeating: " ", count: max(2, width - prefix.count))
            return prefix + padding + TerminalText.harmless(value, keepingLines: false)
        }
        switch tree {
        case .object(let members):
            if let name = tree["name"]?.text, let isActive = tree["active"]?.flag {
                let detail = tree["detail"]?.text ?? ""
                return Self.rows(.string("\(isActive ? "on " : "off")  \(detail)"), prefix: "\(prefix).\(name)")
            }
            return members.flatMap { Self.rows($0.value, prefix: prefix.isEmpty ? $0.key : "\(prefix).\($0.key)") }
        case .array(let elements):
            guard elements.contains(where: { $0.members != nil }) else {
                return [row(elements.map { $0.text ?? $0.line }.joined(separator: ", "))]
            }
            return elements.flatMap { Self.rows($0, prefix: prefix) }
        case .string(let text): return [row(text)]
        case .null: return [row("-")]
        case .boolean, .number: return [row(tree.line)]
        }
    }
}
