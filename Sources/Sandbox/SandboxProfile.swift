public import Tasks

/// All that confinement needs to know, as a value: what a worker may read, who it becomes, and how much is insisted on.
public struct SandboxProfile: Equatable, Sendable {
    /// Whether every layer must be active, or every one that is possible here.
    public var mode: SandboxMode
    /// Who to become when started as root; nil for the default of ``defaultIdentity``.
    public var identity: WorkerIdentity?
    /// What the tasks of its workers may use.
    public var limits: TaskLimits
    /// Absolute paths, folders or files, that workers may read. Those that do not exist are left out.
    public var readablePaths: [String]
    /// How many threads the workers of one identity may have between them.
    public var maximumThreads: Int
    /// How many descriptors a worker may have open.
    public var maximumDescriptors: Int
    /// Bytes of a thread's stack, and of the main stack's growth.
    public var stackBytes: Int

    /// The identity that a service started as root gives its workers unless another is configured.
    ///
    /// Never `nobody`: everything else that ran out of ideas is `nobody` too.
    public static let defaultIdentity = WorkerIdentity(uid: 64_999, gid: 64_999)

    /// How many threads the workers of one identity have between them unless another number is given.
    public static let defaultMaximumThreads = 256

    /// The folder of time zones.
    public static let zoneInfoFolder = "/usr/share/zoneinfo"

    public init(
        configuration: WorkerConfiguration,
        pythonPaths: [String],
        maximumThreads: Int = Self.defaultMaximumThreads,
        maximumDescriptors: Int = 64,
        stackBytes: Int = 8 << 20
    ) {
        self.mode = configuration.sandbox
        self.identity = configuration.identity
        self.limits = configuration.limits
        self.readablePaths = pythonPaths + configuration.sitePackages + [Self.zoneInfoFolder]
        self.maximumThreads = maximumThreads
        self.maximumDescriptors = maximumDescriptors
        self.stackBytes = stackBytes
    }

    /// The whole environment of a fork server, and so of its workers.
    ///
    /// - Parameter timeZone: The value of `TZ`, already validated.
    /// - Returns: `NAME=value` texts.
    public static func environment(timeZone: String?) -> [String] {
        var environment = [
            "LANG=C.UTF-8",
            // Thread pools that start at import would make the fork server multithreaded.
            "OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1", "MKL_NUM_THREADS=1", "NUMEXPR_NUM_THREADS=1",
            "VECLIB_MAXIMUM_THREADS=1", "BLIS_NUM_THREADS=1", "POLARS_MAX_THREADS=1", "RAYON_NUM_THREADS=1",
            // A crash must not make the runtime start a backtracer, which the filter would meet.
            "SWIFT_BACKTRACE=enable=no",
        ]
        environment.append("TZ=\(timeZone ?? "UTC")")
        return environment
    }

    /// The names of the variables of ``environment(timeZone:)``.
    public static var environmentNames: Set<String> {
        Set(Self.environment(timeZone: nil).map { String($0.prefix { $0 != "=" }) })
    }
}
