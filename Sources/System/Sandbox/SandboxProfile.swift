public import Tasks

/// The configuration of the confinement: the paths a worker may read, its identity, its limits, and the required layers.
public struct SandboxProfile: Equatable, Sendable {
    /// Whether all layers are required, or only the minimum and as many others as possible.
    public var mode: SandboxMode
    /// The identity of workers if the service was started as root; nil for ``defaultIdentity``.
    public var identity: WorkerIdentity?
    /// The limits of the workers' tasks.
    public var limits: TaskLimits
    /// Absolute paths of folders or files that workers may read. Missing paths are left out.
    public var readablePaths: [String]
    /// The most threads that all workers of one user id may have together.
    public var maximumThreads: Int
    /// The most open descriptors of a worker.
    public var maximumDescriptors: Int
    /// The size limit of each stack, in bytes.
    public var stackBytes: Int
    /// The size of the temporary folder of each worker, in bytes; 0 for none.
    public var temporaryFolderBytes: Int

    /// The identity of workers if the service runs as root and no other identity is configured.
    ///
    /// The id is one that no other daemon is expected to use. The account `nobody` (65534) is used by several daemons.
    public static let defaultIdentity = WorkerIdentity(uid: 64_999, gid: 64_999)

    /// The default for ``maximumThreads``.
    public static let defaultMaximumThreads = 256

    /// The folder of the time zone database.
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
        self.temporaryFolderBytes = configuration.temporaryFolder
    }

    /// The whole environment of a fork server, which its workers inherit.
    ///
    /// - Parameter timeZone: The value of `TZ`, already validated.
    /// - Returns: `NAME=value` texts.
    public static func environment(timeZone: String?) -> [String] {
        var environment = [
            "LANG=C.UTF-8",
            // Without these, libraries start thread pools at import, and the fork server would be multithreaded.
            "OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1", "MKL_NUM_THREADS=1", "NUMEXPR_NUM_THREADS=1",
            "VECLIB_MAXIMUM_THREADS=1", "BLIS_NUM_THREADS=1", "POLARS_MAX_THREADS=1", "RAYON_NUM_THREADS=1",
            // Without these, joblib (scikit-learn) warns in each task that there are no semaphores of the system, and that
            // it cannot start the program that counts the processor's cores.
            "JOBLIB_MULTIPROCESSING=0", "LOKY_MAX_CPU_COUNT=1",
            // Without this, the Swift runtime starts a backtracer after a crash, which the seccomp filter refuses.
            "SWIFT_BACKTRACE=enable=no",
        ]
        environment.append("TZ=\(timeZone ?? "UTC")")
        return environment
    }

    /// The variables from which programs take the paths of a temporary folder, a home and a cache (tempfile, os.path,
    /// matplotlib).
    static let temporaryFolderVariables = ["TMPDIR", "HOME", "MPLCONFIGDIR"]

    /// The names of the variables of ``environment(timeZone:)``.
    public static var environmentNames: Set<String> {
        Set(Self.environment(timeZone: nil).map { String($0.prefix { $0 != "=" }) })
    }
}
