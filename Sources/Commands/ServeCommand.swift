import ArgumentParser
import Daemon
import Tasks

/// `terrarium serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the service: take tasks on a Unix socket.",
        discussion: """
            Settings come from the environment and from a configuration file; the environment wins. SIGHUP reads the
            file again, SIGTERM drains, a second one ends at once.

            Exit codes: 0 stopped, 76 refused by n8n's task broker, 78 bad configuration, 77 the sandbox's floor is not met on this machine.

            Settings (default):
            \(SettingsDocuments.help)
            """
    )

    @Option(help: ArgumentHelp("A configuration file: KEY=VALUE lines.", valueName: "file"))
    var config: String?

    func run() async throws {
        let exit = await ServiceRun.serve(configurationFile: self.config, environment: Environment.variables)
        guard exit == .success else { throw ExitCode(exit.rawValue) }
    }
}
