public import Tasks

/// The values of all settings of the service, typed. ``Setting/all`` describes each of them: its name, format and purpose; their
/// defaults are in `ServiceSettings+Defaults.swift`.
public struct ServiceSettings: Equatable, Sendable {
    /// The place of the Unix socket.
    public enum Socket: Equatable, Sendable {
        /// The system's path for root and the system service, a path of the user's otherwise.
        case automatic
        /// No socket: tasks come from n8n only.
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
        /// ``split`` under n8n's launcher, which gives a runner a grant token, otherwise ``stderr``.
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
    /// The variables that set these lists, or the ones to set, for messages.
    public var policyVariables: PolicyVariables

    public var maximumConcurrency: Int
    /// Tasks of one user that run at once; nil means ``maximumConcurrency``.
    public var maximumConcurrencyPerUser: Int?
    /// Tasks that one user may submit in a minute; nil means no limit.
    public var ratePerUser: Int?
    public var queueLimit: Int
    /// Bytes of the largest request body or message.
    public var maximumPayload: Int
    /// The default and the largest run time of a task.
    public var taskTimeout: Duration
    /// Bytes of a task, on top of the memory of a warm worker.
    public var memoryLimit: Int
    /// Bytes to which ``memoryLimit`` grows for n8n's tasks; nil means four times ``memoryLimit``.
    public var memoryCeiling: Int?
    /// Processor time of a task; nil means ``taskTimeout``.
    public var cpuLimit: Duration?
    /// Bytes of an encoded result.
    public var outputLimit: Int
    /// Bytes of printed text.
    public var logLimit: Int
    /// Bytes of the temporary folder of a task, 0 for none; nil gives a folder to tasks that may import
    /// packages.
    public var temporaryFolder: Int?
    /// Bytes that the service keeps for one user; nil means ``maximumPayload`` plus (``maximumConcurrency`` + 2) × the largest
    /// response of a task.
    public var memoryPerUser: Int?

    public var socket: Socket
    /// The mode of the socket's file; nil means 0660 for the system's socket and 0600 for a user's.
    public var socketMode: UInt32?
    /// Users who may connect; empty means every user that the socket's mode admits.
    public var allowedUIDs: [UInt32]

    /// Workers that wait for a task; nil means `auto`.
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
    /// A secret.
    public var grantToken: String?
    /// A secret.
    public var authToken: String?
    public var healthCheckServerEnabled: Bool
    public var healthCheckServerHost: String
    public var healthCheckServerPort: Int
}

extension ServiceSettings {
    /// Whether lines that are no warnings go to standard output. n8n's launcher shows every line of a runner's standard error
    /// as an error.
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
            // Without a token no task comes from n8n.
            memoryCeiling: self.grantToken == nil && self.authToken == nil
                ? nil : self.memoryCeiling ?? 4 * self.memoryLimit,
            cpu: self.cpuLimit ?? self.taskTimeout,
            output: self.outputLimit,
            log: self.logLimit
        )
    }
}
