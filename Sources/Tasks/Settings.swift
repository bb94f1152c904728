/// Every setting of the service, as typed values. ``Setting/all`` describes each of them; this holds what they are.
public struct Settings: Equatable, Sendable {
    /// Where the Unix socket is.
    public enum Socket: Equatable, Sendable {
        /// The system's path for root and the service, the user's own otherwise.
        case automatic
        /// No socket: another front end is the way in.
        case none
        /// An absolute path.
        case path(String)
    }

    /// The identity that workers take on when the service runs as root.
    public enum WorkerUser: Equatable, Sendable {
        /// The user `terrarium-worker` if it exists, else user and group 64999.
        case automatic
        /// A user of this machine, with its primary group.
        case name(String)
        case identity(WorkerIdentity)
    }

    /// The least severe log line that is written.
    public enum LogLevel: String, CaseIterable, Sendable {
        case trace
        case debug
        case info
        case notice
        case warning
        case error
        case critical
    }

    /// How log lines are written.
    public enum LogFormat: String, CaseIterable, Sendable {
        case text
        case json
    }

    public var standardLibraryAllow = ["@safe"]
    public var externalAllow: [String] = []
    public var builtinsDeny = TaskPolicy.defaultBuiltinsDeny

    public var maximumConcurrency = 5
    public var queueLimit = 100
    /// Bytes of the largest body or message.
    public var maximumPayload = 1 << 30
    /// The default and the largest run time of a task.
    public var taskTimeout = Duration.seconds(60)
    /// Bytes, above what a warm worker has before its task begins.
    public var memoryLimit = 256 << 20
    /// Processor time of a task; nil means as much as its run time.
    public var cpuLimit: Duration?
    /// Bytes of an encoded result.
    public var outputLimit = 64 << 20
    /// Bytes of printed text.
    public var logLimit = 1 << 20

    public var socket = Socket.automatic
    /// The mode of the socket's file; nil means 0660 for the system's socket and 0600 for a user's.
    public var socketMode: UInt32?
    /// Who may connect; empty means whoever the mode lets in.
    public var allowedUIDs: [UInt32] = []

    /// Workers kept waiting for a task; nil lets the pool decide.
    public var warmWorkers: Int?
    public var preload = PreloadSelection.automatic
    /// Absolute folders with the packages that tasks may import.
    public var sitePackages: [String] = []
    public var sandbox = SandboxMode.auto
    public var workerUser = WorkerUser.automatic
    public var blocksEnvironmentAccess = true

    public var gracefulShutdownTimeout = Duration.seconds(10)
    /// How long the service stays without a task before it ends; zero means for ever.
    public var autoShutdownTimeout = Duration.zero
    public var logLevel = LogLevel.info
    public var logFormat = LogFormat.text

    public var taskBrokerURI = "http://127.0.0.1:5679"
    /// A secret.
    public var grantToken: String?
    /// A secret.
    public var authToken: String?
    public var healthCheckServerEnabled = false
    public var healthCheckServerHost = "127.0.0.1"
    public var healthCheckServerPort = 5681

    /// The defaults.
    public init() {}
}

extension Settings {
    /// The rules for the code of tasks.
    public var policy: TaskPolicy {
        TaskPolicy(
            standardLibraryAllow: self.standardLibraryAllow,
            externalAllow: self.externalAllow,
            builtinsDeny: self.builtinsDeny
        )
    }

    /// What one task may use.
    public var limits: TaskLimits {
        TaskLimits(
            memory: self.memoryLimit,
            cpu: self.cpuLimit ?? self.taskTimeout,
            output: self.outputLimit,
            log: self.logLimit
        )
    }
}
