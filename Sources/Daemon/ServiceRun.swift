import Glibc
import Linux
import Logging
import Tasks

/// The service as a whole process.
public enum ServiceRun {
    /// The version of this program.
    public static let version = "0.1.0"

    /// Runs the service until a signal ends it.
    ///
    /// - Parameters:
    ///   - configurationFile: The file that settings come from beside the environment.
    ///   - environment: All variables of the environment.
    /// - Returns: The exit code; standard error says why when it is not success.
    public static func serve(configurationFile: String?, environment: [String: String]) async -> ServiceExit {
        let loaded: LoadedSettings
        do {
            loaded = try ConfigurationSources.load(file: configurationFile, environment: environment)
        } catch {
            // No settings, so no log: one plain line.
            Self.complain(error.description)
            return .badConfiguration
        }
        let settings = loaded.settings
        let log = StandardErrorLog(
            format: settings.logFormat,
            level: settings.logLevel,
            isJournal: StandardErrorLog.isJournal(environment: environment)
        )
        let logger = log.logger(label: "terrarium")
        loaded.logWarnings(to: logger)
        do {
            try Self.prepareProcess()
            let assembly = try ServiceAssembly(
                settings,
                options: .init(
                    isWholeProcess: true,
                    configurationFile: configurationFile,
                    environment: environment
                ),
                log: log
            )
            try await assembly.run()
            logger.notice("stopped")
            return .success
        } catch let error as ServiceStartError {
            logger.critical("\(error.message)")
            return error.exit
        } catch {
            logger.critical("\(error)")
            return .failure
        }
    }

    /// What has to hold before the first task comes near this process.
    private static func prepareProcess() throws(SystemError) {
        // A peer that goes away is an error of one connection, not the end of the process.
        try CurrentProcess.ignore(SIGPIPE)
        // Workers may share this process's user: none of them is to read its memory.
        try CurrentProcess.setDumpable(false)
        // The usual soft limit is for programs that use select(2). Connections are bounded by what there is.
        let descriptors = try ResourceLimit.openFiles.hardLimit()
        try ResourceLimit.openFiles.set(soft: descriptors, hard: descriptors)
    }

    private static func complain(_ message: String) {
        let line = Array("terrarium: \(message)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }
}
