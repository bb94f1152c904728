import Glibc
import Linux
import ServiceLifecycle
import Tasks

/// The same service inside another command, for as long as that command needs it.
public enum EmbeddedService {
    /// Why it did not start.
    public struct StartError: Error, Equatable, Sendable, CustomStringConvertible {
        public var exit: ServiceExit
        public var description: String
    }

    /// What the service is started for.
    public enum Purpose: Sendable {
        /// One task comes, so one worker waits.
        case oneTask
        /// It is to be as the service that `terrarium serve` runs.
        case measurement
    }

    /// Starts a service on a private socket, calls `body` with the socket's path, and stops the service.
    ///
    /// The socket is in a fresh folder that only this user may enter. Settings come from `environment` and the file, but
    /// for the socket, and the log only tells of trouble unless the settings ask for more.
    ///
    /// - Throws: ``StartError`` when there is no service, and what `body` throws.
    public static func run<Result: Sendable>(
        environment: [String: String],
        configurationFile: String? = nil,
        purpose: Purpose = .oneTask,
        _ body: @escaping @Sendable (String) async throws -> Result
    ) async throws -> Result {
        let loaded: LoadedSettings
        do {
            loaded = try ConfigurationSources.load(file: configurationFile, environment: environment)
        } catch {
            throw StartError(exit: .badConfiguration, description: error.description)
        }
        let folder = try Self.makeFolder(environment: environment)
        defer { rmdir(folder) }
        let path = "\(folder)/terrarium.sock"
        let assembly: ServiceAssembly
        do {
            try CurrentProcess.ignore(SIGPIPE)
            let settings = Self.adapted(loaded, socket: path, to: purpose)
            let log = StandardErrorLog(format: settings.logFormat, level: settings.logLevel, isJournal: false)
            loaded.logWarnings(to: log.logger(label: "terrarium"))
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

    /// One of the two things that run at once: the service, and what needs it.
    private enum Ending<Result: Sendable>: Sendable {
        case serviceEnded
        case answered(Result)
    }

    private static func run<Result: Sendable>(
        _ assembly: ServiceAssembly,
        path: String,
        _ body: @escaping @Sendable (String) async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Ending<Result>.self) { group in
            group.addTask {
                do {
                    try await assembly.run()
                } catch let error as ServiceStartError {
                    throw StartError(exit: error.exit, description: error.message)
                }
                return .serviceEnded
            }
            group.addTask { .answered(try await body(path)) }
            // When the service cannot serve, its error is the one to report: the client only sees a lost connection.
            var answer: Swift.Result<Result, any Error>?
            while let ending = await group.nextResult() {
                switch ending {
                case .success(.answered(let result)):
                    answer = .success(result)
                    await assembly.group.triggerGracefulShutdown()
                case .success(.serviceEnded):
                    break
                case .failure(let error as StartError):
                    group.cancelAll()
                    answer = .failure(error)
                case .failure(let error):
                    answer = answer ?? .failure(error)
                    await assembly.group.triggerGracefulShutdown()
                }
            }
            guard let answer else { throw CancellationError() }
            return try answer.get()
        }
    }

    /// The settings as they are for a service that one command uses.
    private static func adapted(_ loaded: LoadedSettings, socket: String, to purpose: Purpose) -> Settings {
        var settings = loaded.settings
        settings.socket = .path(socket)
        settings.socketMode = 0o600
        settings.allowedUIDs = []
        settings.autoShutdownTimeout = .zero
        // Who types a command does not mean to start a runner of n8n's.
        settings.grantToken = nil
        settings.authToken = nil
        settings.healthCheckServerEnabled = false
        for setting in Setting.all where loaded.origin(of: setting) == .byDefault {
            switch setting.name {
            case "LOG_LEVEL": settings.logLevel = .warning
            case "WARM_WORKERS" where purpose == .oneTask: settings.warmWorkers = 1
            // Nobody is there to go on when the command is told to stop.
            case "GRACEFUL_SHUTDOWN_TIMEOUT": settings.gracefulShutdownTimeout = .zero
            default: break
            }
        }
        return settings
    }

    private static func makeFolder(environment: [String: String]) throws(StartError) -> String {
        // A socket's path has little room, so a deep TMPDIR is no place for it.
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
            description: "cannot make a folder for the socket in \(candidates.joined(separator: " or ")): \(reason)"
        )
    }
}
