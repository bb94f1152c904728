import ArgumentParser

/// The command `terrarium packages`.
struct PackagesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "packages",
        abstract: "Install packages for tasks, and list them.",
        subcommands: [PackagesInstallCommand.self, PackagesListCommand.self]
    )
}
