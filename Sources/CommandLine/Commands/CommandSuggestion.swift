import ArgumentParser
import Text

/// Makes the message for a subcommand that does not exist. It suggests the subcommand that was probably meant.
struct CommandSuggestion {
    private let command: any ParsableCommand.Type

    /// Names that other programs use for a subcommand, and the name that it has here.
    private static let synonyms = [
        "history": "logs", "log": "logs", "health": "status", "ps": "tasks", "ls": "tasks", "list": "tasks",
        "kill": "cancel", "stop": "cancel", "exec": "run",
        "add": "install", "lint": "check", "validate": "check",
        "settings": "config", "start": "serve", "daemon": "serve",
    ]

    init(_ command: any ParsableCommand.Type) {
        self.command = command
    }

    /// - Parameter arguments: The arguments of the program.
    /// - Returns: The message; nil when the arguments begin with a subcommand or an option.
    func message(_ arguments: [String]) -> String? {
        var command = self.command
        var above = ""
        for word in arguments.first == "help" ? arguments.dropFirst() : arguments[...] {
            let commands = command.configuration.subcommands
            let names = commands.compactMap { $0.configuration.commandName }
            guard !names.isEmpty, !word.hasPrefix("-"), word != "help" else { return nil }
            if let next = commands.first(where: { $0.configuration.commandName == word }) {
                command = next
                above += "\(word) "
                continue
            }
            let suggestion = Self.nearest(to: word, names).map { "did you mean \"\(above)\($0)\"?" }
            return "there is no command \"\(above)\(BoundedText.cut(word, toBytes: 100, mark: "…"))\"; "
                + (suggestion ?? "the commands are \(names.map { above + $0 }.joined(separator: ", "))")
        }
        return nil
    }

    private static func nearest(to word: String, _ names: [String]) -> String? {
        if let synonym = Self.synonyms[word], names.contains(synonym) { return synonym }
        let near = names.map { (name: $0, distance: EditDistance.between($0, word)) }
        return near.filter { $0.distance <= 2 && $0.distance < $0.name.utf8.count }.min {
            $0.distance < $1.distance
        }?.name
    }

    /// The words of a command and of all commands below it, each as it is typed behind the program's name.
    static func words(of command: any ParsableCommand.Type, after above: [String] = []) -> [[String]] {
        [above]
            + command.configuration.subcommands.flatMap {
                Self.words(of: $0, after: above + [$0.configuration.commandName ?? ""])
            }
    }
}
