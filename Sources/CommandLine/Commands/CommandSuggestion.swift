import ArgumentParser
import Text

/// Makes the message for a subcommand that does not exist. It suggests the subcommand that was probably meant.
struct CommandSuggestion {
    /// Names of the subcommands.
    var names: [String]

    /// Names that other programs use for a subcommand, and the name that it has here.
    private static let synonyms = [
        "history": "logs", "log": "logs", "health": "status", "ps": "tasks", "ls": "tasks", "list": "tasks",
        "kill": "cancel", "stop": "cancel", "exec": "run",
        "lint": "check", "validate": "check", "settings": "config", "start": "serve", "daemon": "serve",
    ]

    init(_ command: any ParsableCommand.Type) {
        self.names = command.configuration.subcommands.compactMap { $0.configuration.commandName }
    }

    /// - Parameter arguments: The arguments of the program.
    /// - Returns: The message; nil when the arguments begin with a subcommand or an option.
    func message(_ arguments: [String]) -> String? {
        let word = arguments.first == "help" ? arguments.dropFirst().first : arguments.first
        guard let word, !self.names.isEmpty, !word.hasPrefix("-"), word != "help", !self.names.contains(word) else {
            return nil
        }
        let suggestion = self.nearest(to: word).map { "did you mean \"\($0)\"?" }
        return "there is no command \"\(BoundedText.cut(word, toBytes: 100, mark: "…"))\"; "
            + (suggestion ?? "the commands are \(self.names.joined(separator: ", "))")
    }

    private func nearest(to word: String) -> String? {
        if let synonym = Self.synonyms[word], self.names.contains(synonym) { return synonym }
        let near = self.names.map { (name: $0, distance: EditDistance.between($0, word)) }
        return near.filter { $0.distance <= 2 && $0.distance < $0.name.utf8.count }.min {
            $0.distance < $1.distance
        }?.name
    }
}
