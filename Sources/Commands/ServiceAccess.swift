import ArgumentParser
import Client
import Daemon
import Glibc
import Tasks

/// How a command gets to a service: the options that say where it is, and the embedded one that stands in for it.
struct ServiceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The service's socket.", valueName: "path"))
    var socket: String?

    /// Runs `body` with a client of the service.
    ///
    /// - Parameters:
    ///   - allowsEmbedded: Whether to start a service in this process when there is none.
    ///   - body: Gets the client, which must not be used after it returns.
    /// - Returns: What `body` returns.
    /// - Throws: ``Complaint`` for everything that can go wrong on the way.
    func withClient<Result: Sendable>(
        allowsEmbedded: Bool,
        _ body: @escaping @Sendable (TerrariumClient) async throws -> Result
    ) async throws -> Result {
        let environment = Environment.variables
        let finding: SocketSearch.Finding
        do {
            finding = try SocketSearch.find(option: self.socket, environment: environment, uid: geteuid())
        } catch {
            throw Complaint.badInput(error.description)
        }
        do {
            switch finding {
            case .named(let path), .found(let path):
                return try await TerrariumClient.withClient(path: path, body)
            case .disabled:
                throw Complaint(status: .unreachable, message: "TERRARIUM_SOCKET is none: there is no socket to use")
            case .absent:
                guard allowsEmbedded else {
                    throw Complaint(
                        status: .unreachable,
                        message:
                            "no service is running; start one with \"terrarium serve\", or name its socket with --socket"
                    )
                }
                Terminal.error(
                    "note: no service is running, so this runs in one of its own (see terrarium serve --help)\n"
                )
                return try await EmbeddedService.run(environment: environment) { path in
                    try await TerrariumClient.withClient(path: path, body)
                }
            }
        } catch let error as ClientError {
            throw Complaint(error)
        } catch let error as EmbeddedService.StartError {
            throw Complaint(status: ExitStatus(error), message: error.description)
        }
    }
}

extension ExitStatus {
    /// The exit code of an embedded service that did not start.
    init(_ error: EmbeddedService.StartError) {
        switch error.exit {
        case .badConfiguration: self = .badInput
        case .sandboxFloorNotMet: self = .sandboxFloorNotMet
        case .success, .failure, .refusedByTaskBroker: self = .unreachable
        }
    }
}

/// The variables of this process.
enum Environment {
    static var variables: [String: String] {
        var result: [String: String] = [:]
        var entry = environ
        while let pointer = entry.pointee {
            let text = String(cString: pointer)
            if let equals = text.firstIndex(of: "=") {
                result[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            entry += 1
        }
        return result
    }
}
