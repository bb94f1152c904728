import Daemon
import Glibc
import Settings
import Text

/// Decides whether a command may start an embedded service, and makes the note that one was started.
enum EmbeddedNote {
    /// Whether `TERRARIUM_EMBEDDED` forbids an embedded service.
    ///
    /// - Throws: ``SettingsError`` when the variable has no acceptable value.
    static func isForbidden(_ environment: [String: String]) throws(SettingsError) -> Bool {
        let own = environment.filter { $0.key == "TERRARIUM_EMBEDDED" }
        return try LoadedSettings(environment: own, readFile: { _ in "" }).settings.embedded == .never
    }

    /// The note that an embedded service was started. It names the modules that tasks may import, because the policy is
    /// read from the environment and not from the configuration of an installed service.
    ///
    /// - Parameters:
    ///   - environment: All variables of the environment.
    ///   - installedFile: The configuration file of the installed service. If it exists, the note says that its
    ///     settings do not apply.
    /// - Returns: One line.
    static func text(_ environment: [String: String], installedFile: String) -> String {
        var text = "no service is running, so this command starts its own"
        // If the settings cannot be read, the command ends later with an error that says so.
        if let settings = try? ConfigurationSources.load(file: nil, environment: environment).settings {
            let modules = settings.standardLibraryAllow + settings.externalAllow
            let list = modules.isEmpty ? "nothing" : modules.joined(separator: ", ")
            text += ", in which tasks may import \(BoundedText.cut(list, toBytes: 200, mark: "…"))"
        }
        if access(installedFile, F_OK) == 0 { text += "; the settings of \(installedFile) do not apply" }
        return text + " (see terrarium serve --help)"
    }
}
