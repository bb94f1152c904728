import ArgumentParser
import Client
import Daemon
import Glibc
import Settings
import Text

/// The command `terrarium reload`.
struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Make the running service read its configuration file again, and wait until it is in effect.",
        usage: "terrarium reload [<options>]",
        discussion: """
            Exit code 78 says that the file cannot be used; the old settings stay in force, and the reason is on standard \
            error. Only root and the user of the service may reload it.
            """
    )

    @OptionGroup var service: ServiceOptions

    @OptionGroup var list: ListOptions

    @Option(
        help: ArgumentHelp("The service's configuration file, which may name its socket.", valueName: "file"),
        completion: .file()
    )
    var config: String?

    @Option(
        help: ArgumentHelp(
            "The service's process. Without a socket (TERRARIUM_SOCKET=none) the file is checked and the process gets SIGHUP; "
                + "the command does not wait then.",
            valueName: "number"
        )
    )
    var pid: Int32?

    func run() async throws {
        var service = self.service
        if service.socket == nil, let config = self.config {
            switch try Self.socket(in: config) {
            case .path(let path): service.socket = path
            case .none: return try self.signal()
            case .automatic: break
            }
        }
        let report = try await service.withClient(allowsEmbedded: false) { client in
            do {
                return try await client.reload()
            } catch ClientError.refused(let problem) where problem.status == 422 {
                // A sentence of the API, which follows a colon here.
                let reason = problem.detail ?? problem.title
                let message = "not reloaded: \(reason.prefix(1).lowercased())\(reason.dropFirst())"
                throw CommandError(status: .badConfiguration, message: message)
            }
        }
        switch self.list.chosen {
        case .json: try Terminal.output(report.line + "\n")
        case .table: try Terminal.output(Self.text(report))
        }
    }

    /// The socket of the service that reads this file.
    private static func socket(in file: String) throws(CommandError) -> ServiceSettings.Socket {
        do {
            return try ConfigurationSources.load(file: file, environment: Environment.variables).settings.socket
        } catch {
            throw CommandError(status: .badConfiguration, message: "not reloaded: \(error.description)")
        }
    }

    private func signal() throws(CommandError) {
        guard let pid = self.pid else {
            throw CommandError(
                status: .unreachable,
                message: "TERRARIUM_SOCKET=none: the service has no socket; name its process with --pid"
            )
        }
        guard kill(pid, SIGHUP) == 0 else {
            throw CommandError(
                status: .unreachable,
                message: "cannot signal \(pid): \(String(cString: strerror(errno)))"
            )
        }
    }

    /// The report as lines: the settings that changed, those that wait for a restart, those that the environment
    /// overrides, and the policy's revision.
    static func text(_ report: JSONTree) -> String {
        func names(_ key: String) -> String? {
            let names = (report[key]?.elements ?? []).compactMap(\.text)
            return names.isEmpty ? nil : PrintableText.line(names.joined(separator: ", "))
        }
        var lines = ["changed: \(names("changed") ?? "nothing")"]
        if let waiting = names("waiting_for_restart") { lines.append("waits for a restart: \(waiting)") }
        if let overridden = names("overridden_by_environment") {
            lines.append("overridden by the environment: \(overridden)")
        }
        lines.append("policy: \(PrintableText.line(report["policy_revision"]?.text ?? "-"))")
        return lines.map { $0 + "\n" }.joined()
    }
}
