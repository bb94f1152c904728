import ArgumentParser

/// The command `terrarium n8n`.
struct N8NCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "n8n",
        abstract: "Check the set-up as a task runner of n8n.",
        subcommands: [N8NCheckCommand.self]
    )
}
