import ArgumentParser
import Client
import Daemon
import JSONBytes
import Settings
import Text

/// The command `terrarium config`.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Show every setting, its value and where it came from.",
        usage: "terrarium config [<options>]",
        discussion: """
            Reads the environment and the configuration file as "terrarium serve" does, and checks them: exit code 78 \
            says that the service would not start. Without --config the file is \(Self.installedFile), which the \
            installed service reads, when it is there. Secrets are never shown.

            With --service the running service is asked, as root or as its user: the settings that serve, which differ \
            from the file after a change without a reload, or until a restart.
            """
    )

    @Option(
        help: ArgumentHelp("A configuration file, as for \"terrarium serve\".", valueName: "file"),
        completion: .file()
    )
    var config: String?

    @OptionGroup var list: ListOptions

    @Flag(help: "Show the settings of the running service instead.")
    var service = false

    @OptionGroup var connection: ServiceOptions

    @Flag(help: "Print only warnings and errors.")
    var check = false

    @Flag(help: "Print an example of a configuration file instead.")
    var example = false

    @Flag(help: .hidden)
    var documentation = false

    /// The configuration file of the installed service.
    static let installedFile = "/etc/terrarium/runner.conf"

    func validate() throws {
        let others = [("--config", self.config != nil), ("--check", self.check), ("--example", self.example)]
        for (name, isGiven) in others where isGiven && self.service {
            throw ValidationError("--service and \(name) exclude each other.")
        }
        guard self.service || self.connection.socket == nil else {
            throw ValidationError("--socket needs --service.")
        }
    }

    func run() async throws {
        if self.service { return try await self.showService() }
        if self.example { return try Terminal.output(SettingsDocuments.exampleFile) }
        if self.documentation { return try Terminal.output(SettingsDocuments.table) }
        let loaded: LoadedSettings
        do {
            let source = self.config.map { FileChoice.read($0) } ?? FileChoice(installed: Self.installedFile)
            if case .forbidden(let path) = source {
                Terminal.error(
                    "note: you may not read \(path), so its settings are not shown; try sudo terrarium config\n"
                )
            }
            loaded = try ConfigurationSources.load(file: source.path, environment: Environment.variables)
        } catch {
            throw CommandError(status: .badConfiguration, message: error.description)
        }
        if self.check {
            for warning in loaded.warnings.map(\.description) + loaded.settings.packageFaults() {
                Terminal.error("warning: \(PrintableText.line(warning))\n")
            }
            return
        }
        switch self.list.chosen {
        case .table: try Terminal.output(Self.table(loaded, on: .standardOutput))
        case .json: try Terminal.output(Self.json(loaded))
        }
    }

    /// Shows what the running service has.
    private func showService() async throws {
        let tree = try await self.connection.withClient(allowsEmbedded: false) { client in
            do {
                return try await client.settings()
            } catch ClientError.refused(let problem) where problem.status == 403 {
                throw CommandError(status: .failure, message: "\(problem.summary) Try sudo terrarium config --service")
            }
        }
        guard let settings = tree["settings"]?.elements else {
            throw CommandError(.malformedAnswer(reason: "the list of settings has no settings"))
        }
        guard self.list.chosen == .table else {
            return try Terminal.output(JSONTree.array(settings).line + "\n")
        }
        let rows = settings.map { setting in ["setting", "from", "value"].map { setting[$0]?.text ?? "" } }
        try Terminal.output(Self.table(rows, on: .standardOutput))
    }

    static func table(_ rows: [[String]], on screen: Screen) -> String {
        var table = TextTable(columns: [
            .init(title: "setting"), .init(title: "from", overflow: .wrapped),
            .init(title: "value", overflow: .wrapped),
        ])
        table.rows = rows.map { $0.map { screen.text($0) } }
        return table.text(on: screen)
    }

    static func table(_ loaded: LoadedSettings, on screen: Screen) -> String {
        let table = Self.table(
            Setting.all.map { setting in
                [setting.variable, loaded.origin(of: setting).description, setting.text(in: loaded.settings)]
            },
            on: screen
        )
        let warnings = (loaded.warnings.map(\.description) + loaded.settings.packageFaults()).map {
            "warning: \(PrintableText.line($0))\n"
        }
        return table + (warnings.isEmpty ? "" : "\n" + warnings.joined())
    }

    static func json(_ loaded: LoadedSettings) -> String {
        var writer = JSONWriter()
        writer.beginArray()
        for setting in Setting.all {
            writer.beginObject()
            writer.key("setting")
            writer.string(setting.variable)
            writer.key("value")
            writer.string(setting.text(in: loaded.settings))
            writer.key("from")
            writer.string(loaded.origin(of: setting).description)
            let warnings = loaded.warnings(of: setting)
            if !warnings.isEmpty {
                writer.key("warning")
                writer.string(warnings.map(\.description).joined(separator: "; "))
            }
            writer.endObject()
        }
        writer.endArray()
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }
}
