public import ArgumentParser
import Tasks

/// The root command with all subcommands.
public struct TerrariumCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "terrarium",
        abstract: "Run other people's Python on items, in a sandbox.",
        version: ProductVersion.current,
        subcommands: [
            RunCommand.self, CheckCommand.self, StatusCommand.self, TasksCommand.self, TopCommand.self,
            LogsCommand.self, CancelCommand.self, InfoCommand.self, ReloadCommand.self, ConfigCommand.self,
            DoctorCommand.self, PackagesCommand.self, N8NCommand.self, MCPCommand.self, ServeCommand.self,
        ]
    )

    public init() {}
}
