public import ArgumentParser
import Glibc
import Text

/// Runs a program's root command and turns what it throws into a message on standard error and an exit code. Shared by
/// `terrarium` and `terrarium-bench`.
extension AsyncParsableCommand {
    /// Runs the command that `arguments` name, and ends the process.
    public static func run(arguments: [String]) async -> Never {
        Glibc.exit(await Self.status(arguments: arguments))
    }

    /// Runs the command that `arguments` name.
    ///
    /// - Returns: The exit code. All output and error messages have been written.
    static func status(arguments: [String]) async -> CInt {
        do {
            if let message = CommandSuggestion(Self.self).message(arguments) { throw CommandError.badInput(message) }
            var command = try Self.parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return ExitStatus.success.rawValue
        } catch let error as CommandError {
            let title = TerminalStyle.standardError.text("error:", as: .error)
            Terminal.error("\(title) \(PrintableText.line(error.message))\n")
            return error.status.rawValue
        } catch let code as ExitCode {
            return code.rawValue
        } catch is CancellationError {
            return ExitStatus.cancelled.rawValue
        } catch {
            return Self.report(error)
        }
    }

    /// Prints the message of the argument parser: help, the version, or bad usage.
    private static func report(_ error: any Error) -> CInt {
        let text = PrintableText.lines(Self.fullMessage(for: error))
        guard Self.exitCode(for: error) == .success else {
            // Replaces the parser's title, so that its errors look like all other errors.
            let title = "Error:"
            let isTitled = text.hasPrefix(title)
            let own = isTitled ? TerminalStyle.standardError.text("error:", as: .error) : ""
            Terminal.error(own + text.dropFirst(isTitled ? title.count : 0) + "\n")
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
