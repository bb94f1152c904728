import ArgumentParser
import Client
import Text

/// The command `terrarium info`.
struct InfoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Show what the running service says about itself: versions, policy, limits, sandbox, pool."
    )

    @OptionGroup var service: ServiceOptions

    @OptionGroup var list: ListOptions

    func run() async throws {
        let info = try await self.service.withClient(allowsEmbedded: false) { try await $0.info() }
        switch self.list.chosen {
        case .json: try Terminal.output(info.line + "\n")
        case .table: try Terminal.output(Self.text(info, on: .standardOutput))
        }
    }

    /// The leaves of a tree as lines `a.b  value`, with the values aligned.
    static func text(_ tree: JSONTree, on screen: Screen) -> String {
        var table = TextTable(columns: [.init(title: "name"), .init(title: "value", overflow: .wrapped)])
        table.hasTitles = false
        table.rows = Self.leaves(tree, prefix: "").map { [screen.text($0.name), screen.text($0.value)] }
        return table.text(on: screen)
    }

    private static func leaves(_ tree: JSONTree, prefix: String) -> [(name: String, value: String)] {
        switch tree {
        case .object(let members):
            if let name = tree["name"]?.text, let isActive = tree["active"]?.flag {
                let detail = tree["detail"]?.text ?? ""
                return [("\(prefix).\(name)", "\(isActive ? "on " : "off")  \(detail)")]
            }
            return members.flatMap { Self.leaves($0.value, prefix: prefix.isEmpty ? $0.key : "\(prefix).\($0.key)") }
        case .array(let elements):
            guard elements.contains(where: { $0.members != nil }) else {
                return [(prefix, elements.map { $0.text ?? $0.line }.joined(separator: ", "))]
            }
            return elements.flatMap { Self.leaves($0, prefix: prefix) }
        case .string(let text): return [(prefix, text)]
        case .null: return [(prefix, "-")]
        case .boolean, .number: return [(prefix, tree.line)]
        }
    }
}
