import Glibc
import Linux
import Logging
import N8NBridge
import Settings

/// The process of `terrarium serve`, from its settings to its exit code.
public enum ServiceRun {
    /// Runs the service until a signal ends it, then ends the process with a ``ServiceExitCode``. On failure the reason is
    /// written to standard error.
    ///
    /// - Parameters:
    ///   - configurationFile: The path of a configuration file, which settings are read from in addition to the
    ///     environment.
    ///   - environment: All variables of the environment.
    public static func serve(configurationFile: String?, environment: [String: String]) async -> Never {
        let loaded: LoadedSettings
        do {
            loaded = try ConfigurationSources.load(file: configurationFile, environment: environment)
        } catch {
            // The log settings could not be read, so the error is written as one plain line.
            Self.writeError(error.description)
            await Self.reportToHealthChecks(error.description, Self.healthSettings(environment))
            Glibc.exit(ServiceExitCode.badConfiguration.rawValue)
        }
        let settings = loaded.settings
        let log = StandardErrorLog(
            format: settings.logFormat,
            level: settings.logLevel,
            isJournal: StandardErrorLog.isJournal(environment: environment),
            ordinary: settings.splitsLog ? STDOUT_FILENO : nil
        )
        let logger = log.logger(label: "terrarium")
        loaded.logWarnings(settings.packageFaults(), to: logger)
        let assembly: ServiceAssembly
        let executor: ServiceExecutor
        do {
            try Self.prepareProcess()
            try StartResources.check()
            executor = try ServiceExecutor()
            assembly = try ServiceAssembly(
                settings,
                options: .init(
                    isWholeProcess: true,
                    configurationFile: configurationFile,
                    environment: environment,
                    loaded: loaded
                ),
                log: log
            )
        } catch {
            let exit = Self.failure(error, logger)
            log.flush()
            await Self.reportToHealthChecks("\(error)", settings)
            Self.end(exit, log)
        }
        let exit = await withTaskExecutorPreference(executor) { () async -> ServiceExitCode in
            // The process ends inside this closure: returning to the caller's executor may need a thread, which may not be
            // available.
            Self.end(await Self.run(assembly, settings, logger), log)
        }
        Self.end(exit, log)
    }

    private static func run(
        _ assembly: ServiceAssembly,
        _ settings: ServiceSettings,
        _ logger: Logger
    ) async -> ServiceExitCode {
        do {
            try await assembly.run()
            logger.notice("stopped")
            return .success
        } catch {
            let exit = Self.failure(error, logger)
            // After a refusal by the task broker the wait for a health check is skipped, because n8n's launcher starts
            // the service again at once with a new token.
            if exit != .refusedByTaskBroker { await Self.reportToHealthChecks("\(error)", settings) }
            return exit
        }
    }

    /// The settings of the health server alone, for the case that other settings are invalid; nil when these are
    /// invalid too.
    private static func healthSettings(_ environment: [String: String]) -> ServiceSettings? {
        let health = environment.filter { $0.key.contains("_HEALTH_CHECK_SERVER_") }
        return (try? ConfigurationSources.load(file: nil, environment: health))?.settings
    }

    /// Responds to the next health check with the reason why the service did not start, if a health server is
    /// configured. Returns after that check or after ten seconds, which is the usual interval of such checks.
    private static func reportToHealthChecks(_ reason: String, _ settings: ServiceSettings?) async {
        // Without threads and descriptors an event loop cannot be made.
        guard let settings, settings.healthCheckServerEnabled, (try? StartResources.check()) != nil else { return }
        try? CurrentProcess.ignore(SIGPIPE)
        await HealthCheckServer.report(
            reason,
            host: settings.healthCheckServerHost,
            port: settings.healthCheckServerPort,
            within: .seconds(10)
        )
    }

    private static func failure(_ error: any Error, _ logger: Logger) -> ServiceExitCode {
        guard let error = error as? ServiceStartError else {
            logger.critical("\(error)")
            return .failure
        }
        logger.critical("\(error.message)")
        return error.exit
    }

    private static func end(_ exit: ServiceExitCode, _ log: StandardErrorLog) -> Never {
        // Flushes the last lines, which say why the service ended.
        log.flush()
        Glibc.exit(exit.rawValue)
    }

    /// Sets process attributes that tasks depend on.
    private static func prepareProcess() throws(SystemError) {
        // A write to a closed connection must return EPIPE rather than end the process.
        try CurrentProcess.ignore(SIGPIPE)
        // Workers may run as the same user: ptrace(2) and /proc give them no access to a process that is not dumpable.
        try CurrentProcess.setDumpable(false)
        // The usual soft limit of 1024 is meant for programs that use select(2). The service raises its soft limit to the
        // hard limit, which then bounds the number of connections.
        let descriptors = try ResourceLimit.openFiles.hardLimit()
        try ResourceLimit.openFiles.set(soft: descriptors, hard: descriptors)
    }

    private static func writeError(_ message: String) {
        let writer = LogWriter(descriptor: STDERR_FILENO) { _ in [] }
        writer.append(Array("terrarium: \(message)\n".utf8))
        writer.flush(within: .seconds(1))
    }
}
