import ArgumentParser
import Daemon
import Settings

/// The command `terrarium serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the service: take tasks on a Unix socket.",
        discussion: """
            Settings come from the environment and from a configuration file; the environment wins. SIGHUP reads the file \
            again, SIGTERM drains, a second one ends at once.

            Exit codes:
              0   stopped
              76  refused by n8n's task broker
              77  the sandbox's minimum is not met on this machine
              78  bad configuration

            Settings with their defaults:
            \(SettingsDocuments.help(width: Terminal.width - 2))
            """
    )

    @Option(help: ArgumentHelp("A configuration file: KEY=VALUE lines.", valueName: "file"), completion: .file())
    var config: String?

    func run() async throws {
        await ServiceRun.serve(configurationFile: self.config, environment: Environment.variables)
    }
}
