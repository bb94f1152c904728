import Linux
import Logging
public import Settings

/// Reads the settings from the environment, from the configuration file, and from the files that variables ending in
/// `_FILE` name. No other code opens these files. ``LoadedSettings`` parses the content.
public enum ConfigurationSources {
    /// The largest size of a configuration file, and of a file that a variable ending in `_FILE` names, in bytes.
    private static let maximumSize = 1 << 20

    /// Reads and checks the settings.
    ///
    /// - Parameters:
    ///   - file: The configuration file's path, if there is one.
    ///   - environment: All variables of the environment.
    /// - Returns: The settings, and for each setting where its value came from.
    /// - Throws: A ``SettingsError``; its description is one line for the operator.
    public static func load(file: String?, environment: [String: String]) throws(SettingsError) -> LoadedSettings {
        var content: (path: String, text: String)?
        if let file {
            do {
                content = (file, try Self.read(file).text)
            } catch {
                throw SettingsError(variable: "--config", problem: .unreadable(path: file, reason: "\(error)"))
            }
        }
        var exposures: [String: String] = [:]
        return try LoadedSettings(
            environment: environment,
            file: content,
            readFile: { path in
                let (text, exposure) = try Self.read(path)
                exposures[path] = exposure
                return text
            },
            exposure: { exposures[$0] }
        )
    }

    private struct NotText: Error, CustomStringConvertible {
        var description: String { "it is not UTF-8" }
    }

    private static func read(_ path: String) throws -> (text: String, exposure: String?) {
        let contents = try FileSystem.read(path, maximum: Self.maximumSize)
        guard let text = String(validating: contents.bytes, as: UTF8.self) else { throw NotText() }
        return (text, contents.exposure)
    }
}

extension LoadedSettings {
    /// Logs a warning for each setting whose value was replaced or ignored, and for each package that tasks cannot import.
    ///
    /// - Parameters:
    ///   - packageFaults: Those of ``ServiceSettings/packageFaults(version:)``, which reads folders.
    ///   - logger: Where the warnings go.
    func logWarnings(_ packageFaults: [String], to logger: Logger) {
        for warning in self.warnings {
            logger.warning("setting replaced or ignored", metadata: ["setting": "\(warning)"])
        }
        logger.packageWarnings(packageFaults)
    }
}

extension Logger {
    /// Warns of packages that tasks cannot import.
    func packageWarnings(_ faults: [String]) {
        for fault in faults { self.warning("tasks cannot import a package", metadata: ["reason": "\(fault)"]) }
    }
}
