import Glibc
import Linux
import ServiceLifecycle
import Settings

/// Runs the service inside the process of another command, until that command ends. `terrarium run` uses it when it
/// finds no socket of a service. The service has the same components as `terrarium serve` and listens on a private
/// socket.
public enum EmbeddedService {
    /// Why the service did not start.
    public struct StartError: Error, Equatable, Sendable, CustomStringConvertible {
        public var exit: ServiceExitCode
        public var description: String
    }

    /// Starts a service on a private socket, calls `body` with the socket's path, and stops the service.
    ///
    /// The socket is in a new folder of mode 0700. Settings come from `environment`, except those of the socket, the bridge
    /// and the health server. The log level defaults to warning.
    ///
    /// - Throws: ``StartError`` when the service does not start or ends early, and what `body` throws.
    public static func run<Result: Sendable>(
        environment: [String: String],
        _ body: @escaping @Sendable (String) async throws -> Result
    ) async throws -> Result {
        let loaded: LoadedSettings
        do {
            loaded = try ConfigurationSources.load(file: nil, environment: environment)
        } catch {
            throw StartError(exit: .badConfiguration, description: error.description)
        }
        let folder = try Self.makeFolder(environment: environment)
        defer { rmdir(folder) }
        let path = "\(folder)/terrarium.sock"
        let settings = Self.adapted(loaded, socket: path)
        let log = StandardErrorLog(format: settings.logFormat, level: settings.logLevel, isJournal: false)
        // Writes the queued log lines before the command writes to standard error itself or ends the process.
        defer { log.flush() }
        let assembly: ServiceAssembly
        do {
            try CurrentProcess.ignore(SIGPIPE)
            loaded.logWarnings(loaded.settings.packageFaults(), to: log.logger(label: "terrarium"))
            assembly = try ServiceAssembly(
                settings,
                options: .init(isWholeProcess: false, configurationFile: nil, environment: environment),
                log: log
            )
        } catch let error as ServiceStartError {
            throw StartError(exit: error.exit, description: error.message)
        }
        return try await Self.run(assembly, path: path, body)
    }

    /// How a child task of `run` ended: the service, or the body.
    private enum ChildResult<Result: Sendable>: Sendable {
        case serviceEnded
        case bodyReturned(Result)
    }

    private static func run<Result: Sendable>(
        _ assembly: ServiceAssembly,
        path: String,
        _ body: @escaping @Sendable (String) async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: ChildResult<Result>.self) { group in
            group.addTask {
                do {
                    try await assembly.run()
                } catch let error as ServiceStartError {
                    throw StartError(exit: error.exit, description: error.message)
                }
                return .serviceEnded
            }
            group.addTask { .bodyReturned(try await body(path)) }
            // An error of the service replaces an error of `body`, which only reports a lost connection to the service.
            var outcome: Swift.Result<Result, any Error>?
            while let child = await group.nextResult() {
                switch child {
                case .success(.bodyReturned(let result)):
                    outcome = .success(result)
                    await assembly.group.triggerGracefulShutdown()
                case .success(.serviceEnded):
                    break
                case .failure(let error as StartError):
                    group.cancelAll()
                    outcome = .failure(error)
                case .failure(let error):
                    outcome = outcome ?? .failure(error)
                    await assembly.group.triggerGracefulShutdown()
                }
            }
            guard let outcome else { throw CancellationError() }
            return try outcome.get()
        }
    }

    /// Changes settings for an embedded service: a private socket, no bridge, no health server, and defaults for a short
    /// run.
    private static func adapted(_ loaded: LoadedSettings, socket: String) -> ServiceSettings {
        var settings = loaded.settings
        settings.socket = .path(socket)
        settings.socketMode = 0o600
        settings.allowedUIDs = []
        settings.autoShutdownTimeout = .zero
        // A command must not register as a runner of n8n, even when the tokens are in the environment.
        settings.grantToken = nil
        settings.authToken = nil
        settings.healthCheckServerEnabled = false
        for setting in Setting.all where loaded.origin(of: setting) == .byDefault {
            switch setting.name {
            case "LOG_LEVEL": settings.logLevel = .warning
            // One warm worker suffices, because most commands submit one task at a time.
            case "WARM_WORKERS": settings.warmWorkers = 1
            // When the command is interrupted, no client waits for a running task, so shutdown does not wait either.
            case "GRACEFUL_SHUTDOWN_TIMEOUT": settings.gracefulShutdownTimeout = .zero
            default: break
            }
        }
        return settings
    }

    /// Creates a folder that only this user may enter.
    ///
    /// - Throws: ``StartError``.
    package static func makeFolder(environment: [String: String]) throws(StartError) -> String {
        // The path of a Unix socket has at most 107 bytes, so a deep TMPDIR cannot be used.
        let candidates = [environment["XDG_RUNTIME_DIR"], environment["TMPDIR"], "/tmp"].compactMap(\.self)
        var reason = "no such folder"
        for parent in candidates where parent.hasPrefix("/") && parent.utf8.count < 60 {
            var template = Array("\(parent)/terrarium-XXXXXX".utf8CString)
            if mkdtemp(&template) != nil {
                return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            }
            reason = String(cString: strerror(errno))
        }
        throw StartError(
            exit: .failure,
            description: "cannot create a folder for the socket in \(candidates.joined(separator: " or ")): \(reason)"
        )
    }
}
