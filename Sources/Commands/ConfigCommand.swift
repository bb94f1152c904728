import ArgumentParser
import Client
import Daemon
import JSONBytes
import Tasks

/// `terrarium config`.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Show every setting, its value and where it came from.",
        discussion: """
            Reads the environment and the configuration file as "terrarium serve" does, and checks them: exit code 78
            says that the service would not start. Secrets are never shown.
            """
    )

    @Option(help: ArgumentHelp("A configuration file, as for \"terrarium serve\".", valueName: "file"))
    var config: String?

    @Option(help: "How it is written.")
    var format = ListFormat.table

    @Flag(help: "Print an example of a configuration file instead.")
    var example = false

    @Flag(help: .hidden)
    var documentation = false

    func run() throws {
        if self.example { return try Terminal.output(SettingsDocuments.exampleFile) }
        if self.documentation { return try Terminal.output(SettingsDocuments.table) }
        let loaded: LoadedSettings
        do {
            loaded = try ConfigurationSources.load(file: self.config, environment: Environment.variables)
        } catch {
            throw Complaint(status: .badConfiguration, message: error.description)
        }
        switch self.format {
        case .table: try Terminal.output(Self.table(loaded))
        case .json: try Terminal.output(Self.json(loaded))
        }
    }

    static func table(_ loaded: LoadedSettings) -> String {
        var table = TextTable(columns: [.init(title: "setting"), .init(title: "from"), .init(title: "value")])
        table.rows = Setting.all.map { setting in
            [setting.variable, loaded.origin(of: setting).description, setting.text(in: loaded.settings)]
                .map { TerminalText.harmless($0, keepingLines: false) }
        }
        let warnings = loaded.warnings.map {
            "warning: \(TerminalText.harmless($0.description, keepingLines: false))\n"
        }
        return table.text + (warnings.isEmpty ? "" : "\n" + warnings.joined())
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
