public import Tasks

/// The values of all settings of the service, typed. ``Setting/all`` has the name, the format and the purpose of each
/// setting. The defaults are in `ServiceSettings+Defaults.swift`.
public struct ServiceSettings: Equatable, Sendable {
    /// The place of the Unix socket.
    public enum Socket: Equatable, Sendable {
        /// The path that ``SocketLocation`` gives: the system's for root and for the system service, otherwise the user's.
        case automatic
        /// No socket, so that tasks come only from n8n.
        case none
        /// An absolute path.
        case path(String)
    }

    /// The identity that workers take on when the service runs as root.
    public enum WorkerUser: Equatable, Sendable {
        /// The user `terrarium-worker` if it exists, otherwise user and group 64999.
        case automatic
        /// A user of this machine, with its primary group.
        case name(String)
        case identity(WorkerIdentity)
    }

    /// The lowest level of log lines that are written.
    public enum LogLevel: String, CaseIterable, Sendable {
        case trace
        case debug
        case info
        case notice
        case warning
        case error
        case critical
    }

    /// The form of log lines.
    public enum LogFormat: String, CaseIterable, Sendable {
        case text
        case json
    }

    /// Where log lines go.
    public enum LogStreams: String, CaseIterable, Sendable {
        /// ``split`` under n8n's launcher, which is recognized by the grant token that it gives a runner; otherwise
        /// ``stderr``.
        case auto
        case stderr
        /// Warnings and errors to standard error, all other lines to standard output.
        case split
    }

    /// Where audit lines go.
    public enum AuditDestination: Equatable, Sendable {
        case none
        /// The log of the service.
        case log
        case file(String)
    }

    /// Whether a command starts a service of its own when none runs.
    public enum EmbeddedUse: String, CaseIterable, Sendable {
        case auto
        case never
    }

    public var standardLibraryAllow: [String]
    public var externalAllow: [String]
    public var builtinsDeny: [String]
    /// The variables that messages name for the three lists above.
    public var policyVariables: PolicyVariables

    public var maximumConcurrency: Int
    /// The most tasks of one user that run at once; nil means ``maximumConcurrency``.
    public var maximumConcurrencyPerUser: Int?
    /// The most tasks that one user may submit in a minute; nil means no limit.
    public var ratePerUser: Int?
    public var queueLimit: Int
    /// The size of the largest request body or message, in bytes.
    public var maximumPayload: Int
    /// The default and the largest run time of a task.
    public var taskTimeout: Duration
    /// The most memory of a task, on top of the memory of a warm worker, in bytes.
    public var memoryLimit: Int
    /// The value to which ``memoryLimit`` grows for n8n's tasks, in bytes; nil means four times ``memoryLimit``.
    public var memoryCeiling: Int?
    /// The most processor time of a task; nil means ``taskTimeout``.
    public var cpuLimit: Duration?
    /// The most bytes of an encoded result.
    public var outputLimit: Int
    /// The most bytes of printed text.
    public var logLimit: Int
    /// The size of the temporary folder of a task, in bytes; 0 for none; nil for a default size if tasks may import
    /// packages, otherwise none.
    public var temporaryFolder: Int?
    /// The most bytes that the service keeps for one user; nil means ``maximumPayload`` plus (``maximumConcurrency`` +
    /// 2) × the largest response of a task.
    public var memoryPerUser: Int?

    public var socket: Socket
    /// The mode of the socket's file; nil means 0660 for the system's socket and 0600 for a user's.
    public var socketMode: UInt32?
    /// Users who may connect; empty means every user that the socket's mode admits.
    public var allowedUIDs: [UInt32]

    /// The number of workers that wait for a task; nil means `auto`.
    public var warmWorkers: Int?
    public var preload: PreloadSelection
    /// Absolute folders with the packages that tasks may import.
    public var sitePackages: [String]
    public var sandbox: SandboxMode
    public var workerUser: WorkerUser
    public var blocksEnvironmentAccess: Bool

    public var gracefulShutdownTimeout: Duration
    /// How long the service runs without a task before it stops; zero means no limit.
    public var autoShutdownTimeout: Duration
    public var logLevel: LogLevel
    public var logFormat: LogFormat
    public var logStreams: LogStreams
    public var auditLog: AuditDestination
    public var embedded: EmbeddedUse

    public var taskBrokerURI: String
    /// The token for one connection to n8n's task broker. A secret; nil if none is given.
    public var grantToken: String?
    /// The token that n8n's task broker exchanges for a grant token. A secret; nil if none is given.
    public var authToken: String?
    public var healthCheckServerEnabled: Bool
    public var healthCheckServerHost: String
    public var healthCheckServerPort: Int
}

extension ServiceSettings {
    /// Whether log lines below the level of a warning go to standard output. n8n's launcher shows every line of a runner's
    /// standard error as an error.
    public var splitsLog: Bool {
        switch self.logStreams {
        case .auto: self.grantToken != nil && self.authToken == nil
        case .stderr: false
        case .split: true
        }
    }

    /// The policy for the code of tasks.
    public var policy: TaskPolicy {
        TaskPolicy(
            standardLibraryAllow: self.standardLibraryAllow,
            externalAllow: self.externalAllow,
            builtinsDeny: self.builtinsDeny,
            variables: self.policyVariables
        )
    }

    /// The limits of one task.
    public var limits: TaskLimits {
        TaskLimits(
            memory: self.memoryLimit,
            // Only n8n's tasks use the ceiling, and without a token n8n sends no tasks.
            memoryCeiling: self.grantToken == nil && self.authToken == nil
                ? nil : self.memoryCeiling ?? 4 * self.memoryLimit,
            cpu: self.cpuLimit ?? self.taskTimeout,
            output: self.outputLimit,
            log: self.logLimit
        )
    }
}
