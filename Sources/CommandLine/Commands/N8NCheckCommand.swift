import ArgumentParser
import Client
import Daemon
import Settings
import Tasks

/// The command `terrarium n8n check`.
struct N8NCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the settings and the connection for n8n.",
        usage: "terrarium n8n check [<options>]",
        discussion: """
            Reads the environment and the configuration file as "terrarium serve" does, starts a worker, and asks n8n's \
            task broker whether it accepts the auth token. With --launcher the environment is that of n8n's launcher.

            Exit codes: 0 nothing is in the way, 1 something is, 2 bad usage or input.
            """
    )

    @Option(
        help: ArgumentHelp("A configuration file, as for \"terrarium serve\".", valueName: "file"),
        completion: .file()
    )
    var config: String?

    @Option(
        help: ArgumentHelp("The configuration file of n8n's launcher, if it starts the runners.", valueName: "file"),
        completion: .file()
    )
    var launcher: String?

    @Option(
        name: .customLong("n8n-env"),
        help: ArgumentHelp("n8n's own variables as KEY=VALUE lines, to compare with.", valueName: "file"),
        completion: .file()
    )
    var n8nVariables: String?

    @OptionGroup var list: ListOptions

    func run() async throws {
        let environment = Environment.variables
        let launcher = try self.launcher.map { path throws(CommandError) in
            (
                file: try LauncherFile(try InputFile.bytes(path), path: path),
                variables: FileVariables(environment, of: .launcher, readFile: Self.readFile)
            )
        }
        let own = launcher.map { $0.file.runner("python")?.environment(launcher: $0.variables) ?? [:] } ?? environment
        let n8n = try self.n8nVariables.map { path throws(CommandError) in
            FileVariables(try Self.variables(path), of: .n8n, readFile: Self.readFile)
        }
        var findings: [N8NFinding] = []
        do throws(SettingsError) {
            let settings = try ConfigurationSources.load(file: self.config, environment: own)
            let situation = N8NSituation(
                settings: settings,
                launcher: launcher,
                n8n: n8n
            )
            findings = situation.findings
            findings.append(await Self.python(own))
            findings.append(await Self.taskBroker(situation))
        } catch {
            findings.append(.problem("settings", error.description))
        }
        switch self.list.chosen {
        case .json: try Terminal.output(N8NFinding.json(findings))
        case .table: try Terminal.output(N8NFinding.table(findings, on: .standardOutput))
        }
        guard !findings.contains(where: { $0.status == .problem }) else { throw ExitStatus.failure.exitCode }
    }

    private static func readFile(_ path: String) throws -> String { try InputFile.text(path) }

    private static func variables(_ path: String) throws(CommandError) -> [String: String] {
        let text = try InputFile.text(path)
        do throws(KeyValueFile.MalformedLine) {
            let entries = try KeyValueFile(text).entries
            return Dictionary(entries.map { ($0.key, $0.value) }) { $1 }
        } catch {
            throw .badInput("\(path), line \(error.line): \(error.reason)")
        }
    }

    /// Starts a service as n8n would use it, without a connection to n8n.
    private static func python(_ environment: [String: String]) async -> N8NFinding {
        do {
            let info = try await EmbeddedService.run(environment: environment) { path in
                try await TerrariumClient.withClient(path: path) { client in
                    // The check waits for a worker: before the first one is ready, the service does not know the
                    // version of Python.
                    _ = try await client.check(TaskSubmission(code: "return _items"))
                    return try await client.info()
                }
            }
            let mode = info["sandbox"]?["mode"]?.text ?? "unknown"
            return .ok("python", "\(info["python_version"]?.text ?? "unknown"), in a sandbox (\(mode))")
        } catch {
            return .problem("python", "no worker starts: \(error)", "\"terrarium doctor\" says what is missing")
        }
    }

    private static func taskBroker(_ situation: N8NSituation) async -> N8NFinding {
        let uri = situation.settings.settings.taskBrokerURI
        switch await TaskBrokerCheck.ask(
            situation.settings,
            launcher: situation.launcher?.variables.given
        ) {
        case .accepted: return .ok("task broker", "\(uri) accepts the auth token")
        case .noToken:
            return .problem(
                "task broker",
                "no token is set, so that no task comes from n8n",
                "set N8N_RUNNERS_AUTH_TOKEN to the value that n8n has"
            )
        case .grantTokenOnly:
            return .note("task broker", "the grant token is valid for one connection and was not tried")
        case .refused(let status):
            return .problem(
                "task broker",
                "\(uri) refuses the auth token (HTTP \(status))",
                status == 403 ? "set N8N_RUNNERS_AUTH_TOKEN to the value that n8n has" : "is this n8n's task broker?"
            )
        case .noAnswer(let reason):
            return .problem(
                "task broker",
                "\(uri) does not answer: \(reason)",
                "in n8n: N8N_RUNNERS_MODE=external, and N8N_RUNNERS_BROKER_LISTEN_ADDRESS=0.0.0.0 unless both are on one machine"
            )
        }
    }
}
