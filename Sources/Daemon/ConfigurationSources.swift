import Glibc
import Logging
public import Tasks

/// Reads the settings from where the service reads them: the environment, and a configuration file.
public enum ConfigurationSources {
    /// The largest configuration file, and the largest file that an `X_FILE` variable names.
    private static let maximumSize = 1 << 20

    /// Reads and checks the settings.
    ///
    /// - Parameters:
    ///   - file: The configuration file's path, if there is one.
    ///   - environment: All variables of the environment.
    /// - Returns: The settings, and where each came from.
    /// - Throws: A ``SettingsError`` in one line for the operator.
    public static func load(file: String?, environment: [String: String]) throws(SettingsError) -> LoadedSettings {
        var content: (path: String, text: String)?
        if let file {
            do {
                content = (file, try Self.text(file))
            } catch {
                throw SettingsError(
                    variable: "--config",
                    problem: .unreadable(path: file, reason: error.description)
                )
            }
        }
        return try LoadedSettings(environment: environment, file: content, readFile: Self.text)
    }

    private struct Unreadable: Error, CustomStringConvertible {
        var description: String

        static var fromErrno: Self { Self(description: String(cString: strerror(errno))) }
    }

    private static func text(_ path: String) throws(Unreadable) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .fromErrno }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw .fromErrno
            }
            if count == 0 { break }
            bytes.append(contentsOf: buffer[..<count])
            guard bytes.count <= Self.maximumSize else {
                throw Unreadable(description: "it is larger than \(Self.maximumSize) bytes")
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Unreadable(description: "it is not UTF-8")
        }
        return text
    }
}

extension LoadedSettings {
    /// Says which values were not taken as they are written.
    func logWarnings(to logger: Logger) {
        for warning in self.warnings {
            logger.warning("setting not taken as it is written", metadata: ["setting": "\(warning)"])
        }
    }
}
