import Glibc
import JSONBytes
import Linux
import NIOPosix
import Sandbox
import Settings
public import Tasks
import WorkerPool

/// The report of `terrarium doctor`: which features the kernel offers, which sandbox layers are active under the operator's
/// settings, and which escape attempts of a real worker were stopped.
public struct SandboxDoctor: Sendable {
    /// A feature that a sandbox layer needs from the kernel or the container.
    public struct KernelFeature: Equatable, Sendable {
        public var layer: String
        public var isOffered: Bool
        public var finding: String
        /// How to make the feature available; nil when it is available.
        public var remedy: String?
    }

    /// One attempt of a worker to escape from its sandbox.
    public struct EscapeAttempt: Equatable, Sendable {
        public var name: String
        /// What the worker attempted, in words.
        public var description: String
        /// The sandbox layers that should stop the attempt.
        public var layers: [String]
        public var isStopped: Bool
        /// How the attempt was refused, or that it succeeded.
        public var detail: String
    }

    public var sandbox: SandboxMode
    public var features: [KernelFeature]
    public var layers: [SandboxLayer]
    public var attempts: [EscapeAttempt]
    /// The packages that the settings allow and that tasks could not import, one line each. They do not concern the
    /// sandbox.
    public var packageFaults: [String]

    /// Whether the worker made every known attempt and each one was stopped.
    public var allStopped: Bool {
        self.attempts.count == ContainmentProbe.all.count && self.attempts.allSatisfy(\.isStopped)
    }

    /// Starts a worker pool as the service would, and runs the escape attempts in one worker.
    ///
    /// - Parameters:
    ///   - environment: The environment variables that settings are read from.
    ///   - configurationFile: The path of a configuration file, which is read as by the service; nil for none.
    /// - Throws: ``EmbeddedService/StartError`` when the settings or the machine prevent a start, for example when a
    ///   sandbox layer of the required minimum is missing; ``kernelFeatures()`` has the remedies.
    public init(environment: [String: String], configurationFile: String?) async throws {
        self.features = Self.kernelFeatures()
        let settings: ServiceSettings
        do {
            settings = try ConfigurationSources.load(file: configurationFile, environment: environment).settings
        } catch {
            throw EmbeddedService.StartError(exit: .badConfiguration, description: error.description)
        }
        let log = StandardErrorLog(format: settings.logFormat, level: .error, isJournal: false)
        defer { log.flush() }
        let pool: WorkerPool
        do {
            try CurrentProcess.ignore(SIGPIPE)
            var configuration = try WorkerPoolConfiguration(settings, environment: environment)
            configuration.warmWorkers = 1
            // The attempts to create a file must fail, so the worker gets no temporary folder, in which tasks may
            // create files.
            configuration.worker.temporaryFolder = 0
            pool = WorkerPool(
                configuration: configuration,
                division: CgroupDivision.attempt(),
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                logger: log.logger(label: "doctor")
            )
        } catch let error as ServiceStartError {
            throw EmbeddedService.StartError(exit: error.exit, description: error.message)
        }
        self.sandbox = settings.sandbox
        do {
            try await pool.start()
        } catch let error as WorkerPoolError {
            let reason = ServiceStartError(error)
            throw EmbeddedService.StartError(exit: reason.exit, description: reason.message)
        }
        let outcome = await Self.probe(pool)
        let status = pool.status()
        self.layers = status.layers
        self.packageFaults = settings.packageFaults(version: status.pythonVersion)
        await pool.stop()
        switch outcome.result {
        case .items(let items): self.attempts = try Self.attempts(items)
        case .failure(let failure):
            throw EmbeddedService.StartError(
                exit: .failure,
                description: "the attempts did not finish: \(failure.message)"
            )
        case .checked:
            throw EmbeddedService.StartError(exit: .failure, description: "the worker did not report its attempts")
        }
    }

    /// The sandbox features that this machine's kernel offers. Starts no worker.
    public static func kernelFeatures() -> [KernelFeature] {
        KernelSurvey.offers().map {
            KernelFeature(layer: $0.layer, isOffered: $0.isOffered, finding: $0.finding, remedy: $0.remedy)
        }
    }

    private static func probe(_ pool: WorkerPool) async -> TaskOutcome {
        var generator = SystemRandomNumberGenerator()
        let assignment = TaskAssignment(
            id: TaskID(using: &generator),
            task: PythonTask(purpose: .probe, code: []),
            timeout: .seconds(30)
        )
        return await withCheckedContinuation { continuation in
            pool.execute(assignment, observer: OutcomeWaiter { continuation.resume(returning: $0) })
        }
    }

    /// Joins the worker's report with the list of known attempts. The report is untrusted: an unknown attempt is ignored,
    /// and ``allStopped`` is false when a known one is missing.
    private static func attempts(_ items: ArraySlice<UInt8>) throws -> [EscapeAttempt] {
        var reported: [String: (isStopped: Bool, detail: String)] = [:]
        try items.withUnsafeBytes { buffer in
            var reader = JSONReader(buffer, maximumNesting: 4)
            try reader.elements { (reader, _) in
                try reader.members(limit: 10) { (reader, _) in
                    var (name, isStopped, detail) = ("", false, "")
                    try reader.members(limit: 10) { (reader, key) in
                        switch key.text {
                        case "name": name = JSONValue.text(buffer[try reader.skip(.string)]) ?? ""
                        case "held": isStopped = JSONValue.boolean(buffer[try reader.skip(.boolean)])
                        case "detail": detail = JSONValue.text(buffer[try reader.skip(.string)]) ?? ""
                        default: break
                        }
                    }
                    reported[name] = (isStopped, detail)
                }
            }
        }
        return ContainmentProbe.all.compactMap { probe in
            reported[probe.name].map { result in
                EscapeAttempt(
                    name: probe.name,
                    description: probe.attempt,
                    layers: probe.layers,
                    isStopped: result.isStopped,
                    detail: result.detail
                )
            }
        }
    }
}
