import Daemon
import Glibc
import Settings
import Text

/// Whether a command may start a service of its own, and the note that says so.
enum EmbeddedNote {
    /// Whether `TERRARIUM_EMBEDDED` forbids it.
    ///
    /// - Throws: ``SettingsError`` when the variable has no acceptable value.
    static func isForbidden(_ environment: [String: String]) throws(SettingsError) -> Bool {
        let own = environment.filter { $0.key == "TERRARIUM_EMBEDDED" }
        return try LoadedSettings(environment: own, readFile: { _ in "" }).settings.embedded == .never
    }

    /// The note, which names the policy in force: it is that of the environment, and not of an installed service.
    ///
    /// - Parameters:
    ///   - environment: All variables of the environment.
    ///   - installedFile: The configuration file of the installed service. The note says so when there is one.
    /// - Returns: One line.
    static func text(_ environment: [String: String], installedFile: String) -> String {
        var text = "no service is running, so this runs in one of its own"
        // Settings that cannot be read end the command with a message of their own.
        if let settings = try? ConfigurationSources.load(file: nil, environment: environment).settings {
            let modules = settings.standardLibraryAllow + settings.externalAllow
            let list = modules.isEmpty ? "nothing" : modules.joined(separator: ", ")
            text += ", in which tasks may import \(BoundedText.cut(list, toBytes: 200, mark: "…"))"
        }
        if access(installedFile, F_OK) == 0 { text += "; the settings of \(installedFile) do not apply" }
        return text + " (see terrarium serve --help)"
    }
}
