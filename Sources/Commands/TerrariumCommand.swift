public import ArgumentParser
import Daemon
import Glibc

/// The tree of commands, and the way from an error to an exit code.
public struct TerrariumCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "terrarium",
        abstract: "Run other people's Python on items, behind glass.",
        version: ServiceRun.version,
        subcommands: [
            RunCommand.self, CheckCommand.self, TasksCommand.self, CancelCommand.self, InfoCommand.self,
            ConfigCommand.self, DoctorCommand.self, PackagesCommand.self, ServeCommand.self, BenchCommand.self,
        ]
    )

    public init() {}

    /// Runs the command that `arguments` name, and ends the process.
    public static func run(arguments: [String]) async -> Never {
        Glibc.exit(await Self.status(arguments: arguments))
    }

    /// Runs the command that `arguments` name.
    ///
    /// - Returns: The exit code. Everything there was to say is written.
    static func status(arguments: [String]) async -> CInt {
        do {
            var command = try Self.parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return ExitStatus.success.rawValue
        } catch let complaint as Complaint {
            Terminal.error("error: \(TerminalText.harmless(complaint.message, keepingLines: false))\n")
            return complaint.status.rawValue
        } catch let code as ExitCode {
            return code.rawValue
        } catch is CancellationError {
            return ExitStatus.cancelled.rawValue
        } catch {
            return Self.report(error)
        }
    }

    /// Says what the argument parser found: help and the version on request, or bad usage.
    private static func report(_ error: any Error) -> CInt {
        let text = Self.fullMessage(for: error)
        guard Self.exitCode(for: error) == .success else {
            Terminal.error(text + "\n")
            return ExitStatus.badInput.rawValue
        }
        do {
            try Terminal.output(text + "\n")
            return ExitStatus.success.rawValue
        } catch {
            return error.status.rawValue
        }
    }
}
