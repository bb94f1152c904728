/// The texts that are made from the description of the settings: the example file, the documentation's table, and
/// the help.
public enum SettingsDocuments {
    /// The text of `runner.conf.example`: every setting with its default, commented out.
    public static var exampleFile: String {
        var text = """
            # Settings of the Terrarium service: terrarium serve --config FILE
            #
            # KEY=VALUE, one a line. Comments stand on lines of their own. A value may stand in quotes; nothing is expanded.
            # The environment wins over this file. KEY_FILE=/path reads the value from a file.
            # Under n8n's names (N8N_...) values are read as n8n reads them: docs/n8n.md.
            # This file may hold tokens: root and the service read it (mode 0640, root:terrarium). Users who submit tasks are in the group
            # terrarium-users and cannot read it.
            # Made from the description of the settings: terrarium config --example

            """
        for setting in Setting.all {
            text += "\n# \(setting.help)\n"
            text += "# Accepted is \(setting.accepts).\n"
            if let second = setting.secondVariable { text += "# n8n's name for it, taken as well: \(second)\n" }
            text += "# A change takes effect on \(setting.change.rawValue).\n"
            text += "#\(setting.variable)=\(setting.defaultText)\n"
        }
        return text
    }

    /// The table of `docs/configuration.md`.
    public static var table: String {
        var text = """
            | variable | default | accepted | change | what it is for |
            |---|---|---|---|---|

            """
        for setting in Setting.all {
            let names = setting.variables.map { "`\($0)`" }.joined(separator: "<br>")
            let value = setting.defaultText.isEmpty ? "empty" : "`\(setting.defaultText)`"
            text += "| \(names) | \(value) | \(setting.accepts) | \(setting.change.rawValue) | \(setting.help) |\n"
        }
        return text
    }

    /// The settings as a list for a terminal: the name, the default, and what it is for.
    public static var help: String {
        let width = Setting.all.map(\.variable.count).max() ?? 0
        return Setting.all.map { setting in
            let padding = String(repeating: " ", count: width - setting.variable.count)
            let value = setting.defaultText.isEmpty ? "" : " (\(setting.defaultText))"
            return "\(setting.variable)\(padding)  \(setting.help)\(value)"
        }
        .joined(separator: "\n")
    }
}
