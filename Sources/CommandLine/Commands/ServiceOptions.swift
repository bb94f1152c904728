import ArgumentParser
import Client
import Daemon
import Glibc
import Settings
import Tasks
import Text

/// The options by which a command finds its service, and the connection to it: to a running service, or to an embedded
/// service if none is running.
struct ServiceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The service's socket.", valueName: "path"), completion: .file())
    var socket: String?

    /// Runs `body` with a client of the service.
    ///
    /// - Parameters:
    ///   - allowsEmbedded: Whether to start a service in this process if no service runs. `TERRARIUM_EMBEDDED=never`
    ///     forbids it.
    ///   - isQuiet: Whether the note about an embedded service is left out.
    ///   - body: Gets the client, which must not be used after it returns.
    /// - Returns: What `body` returns.
    /// - Throws: ``CommandError`` when there is no service or a request fails, and what `body` throws.
    func withClient<Result: Sendable>(
        allowsEmbedded: Bool,
        isQuiet: Bool = false,
        _ body: @escaping @Sendable (TerrariumClient) async throws -> Result
    ) async throws -> Result {
        let environment = Environment.variables
        let finding: SocketSearch.Finding
        do {
            finding = try SocketSearch.find(option: self.socket, environment: environment, uid: geteuid())
        } catch {
            throw CommandError.badInput(error.description)
        }
        do {
            switch finding {
            case .named(let path), .found(let path):
                return try await TerrariumClient.withClient(path: path, body)
            case .disabled:
                throw CommandError(
                    status: .unreachable,
                    message: "TERRARIUM_SOCKET=none disables the socket; name one with --socket"
                )
            case .absent:
                let isForbidden = try EmbeddedNote.isForbidden(environment)
                guard allowsEmbedded, !isForbidden else {
                    throw CommandError(
                        status: .unreachable,
                        message:
                            "no service is running; start one with \"terrarium serve\", or name its socket with --socket"
                            + (allowsEmbedded ? "; TERRARIUM_EMBEDDED=never lets no command start one of its own" : "")
                    )
                }
                if !isQuiet {
                    let note = EmbeddedNote.text(environment, installedFile: ConfigCommand.installedFile)
                    let title = TerminalStyle.standardError.text("note:", as: .note)
                    Terminal.error("\(title) \(PrintableText.line(note))\n")
                }
                return try await EmbeddedService.run(environment: environment) { path in
                    try await TerrariumClient.withClient(path: path, body)
                }
            }
        } catch let error as SettingsError {
            throw CommandError.badInput(error.description)
        } catch let error as ClientError {
            throw CommandError(error)
        } catch let error as EmbeddedService.StartError {
            throw CommandError(status: ExitStatus(error), message: error.description)
        }
    }
}

extension ExitStatus {
    /// The exit code of an embedded service that did not start.
    init(_ error: EmbeddedService.StartError) {
        switch error.exit {
        case .badConfiguration: self = .badInput
        case .sandboxMinimumNotMet: self = .sandboxMinimumNotMet
        case .success, .failure, .refusedByTaskBroker: self = .unreachable
        }
    }
}
