@testable import Settings

/// Reads bytes as a configuration file, as variables of the environment, and as the value of each setting under both its names.
enum SettingsFuzz {
    static func violation(_ bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes, as: UTF8.self)
        return Self.file(text) ?? Self.environment(text) ?? Self.values(text) ?? Self.pythonLiterals(text)
    }

    /// The text as a configuration file, and as the content of every file that it names.
    private static func file(_ text: String) -> String? {
        do throws(SettingsError) {
            let loaded = try LoadedSettings(environment: [:], file: ("runner.conf", text), readFile: { _ in text })
            return Self.check(loaded)
        } catch {
            return TerminalSafety.violation(line: error.description, of: "the error")
        }
    }

    /// The lines `KEY=VALUE` of the text as variables of the environment.
    private static func environment(_ text: String) -> String? {
        var variables: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
        }
        do throws(SettingsError) {
            return Self.check(try LoadedSettings(environment: variables, readFile: { _ in text }))
        } catch {
            return TerminalSafety.violation(line: error.description, of: "the error")
        }
    }

    private static func check(_ loaded: LoadedSettings) -> String? {
        for warning in loaded.warnings {
            if let fault = TerminalSafety.violation(line: warning.description, of: "a warning") { return fault }
        }
        return nil
    }

    /// The text as the value of each variable: what is accepted is shown so that reading it gives the same value.
    private static func values(_ text: String) -> String? {
        for setting in Setting.all {
            for variable in setting.variables {
                do throws(SettingsError) {
                    let loaded = try LoadedSettings(environment: [variable: text], readFile: { _ in text })
                    if let fault = Self.check(loaded) ?? Self.roundTrip(setting, loaded.settings) { return fault }
                } catch {
                    if let fault = TerminalSafety.violation(line: error.description, of: "the error") { return fault }
                }
            }
        }
        return nil
    }

    private static func roundTrip(_ setting: Setting, _ settings: ServiceSettings) -> String? {
        guard !setting.isSecret else { return nil }
        let shown = setting.text(in: settings)
        do throws(SettingsError) {
            let again = try LoadedSettings(environment: [setting.variable: shown], readFile: { _ in "" })
            return setting.isEqual(settings, again.settings)
                ? nil : "\(setting.name) is shown as another value: \(shown)"
        } catch {
            return "\(setting.name) is shown as a text that is refused: \(error)"
        }
    }

    private static func pythonLiterals(_ text: String) -> String? {
        let stripped = PythonLiteral.stripped(text)
        guard PythonLiteral.stripped(stripped) == stripped else { return "stripped twice is not stripped once" }
        guard PythonLiteral.integer(text) == PythonLiteral.integer(stripped) else {
            return "white space changes a number"
        }
        let list = PythonLiteral.list(text)
        guard PythonLiteral.list(list.joined(separator: ",")) == list else { return "a list reads back as another" }
        return nil
    }
}
