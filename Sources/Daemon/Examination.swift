import Glibc
import JSONBytes
import Linux
import NIOPosix
import Sandbox
public import Tasks
import WorkerPool

/// What holds tasks on this machine under an operator's settings: what the kernel offers, which layers are in force, and
/// what a real worker could not do when it tried.
public struct Examination: Sendable {
    /// One thing that the kernel, or the container around it, offers or does not.
    public struct Offer: Equatable, Sendable {
        public var layer: String
        public var isOffered: Bool
        public var finding: String
        /// What to change to get it; nil when nothing has to be.
        public var remedy: String?
    }

    /// One attempt that a worker made against its own confinement.
    public struct Attempt: Equatable, Sendable {
        public var name: String
        /// What was attempted, in words.
        public var description: String
        /// The layers that stand against it.
        public var layers: [String]
        public var isHeld: Bool
        /// How it was refused; or that it was not.
        public var detail: String
    }

    public var sandbox: SandboxMode
    public var offers: [Offer]
    public var layers: [SandboxLayer]
    public var attempts: [Attempt]

    /// Whether every attempt was made, and every one was stopped.
    public var holds: Bool {
        self.attempts.count == ContainmentProbe.all.count && self.attempts.allSatisfy(\.isHeld)
    }

    /// Starts workers as the service would, and has one of them try.
    ///
    /// - Parameters:
    ///   - environment: Where settings come from, beside the file.
    ///   - configurationFile: A configuration file, as for the service.
    /// - Throws: ``EmbeddedService/StartError`` when the settings or the machine stand in the way, which includes a
    ///   sandbox below its floor; its offers say what would help.
    public init(environment: [String: String], configurationFile: String?) async throws {
        self.offers = Self.survey()
        let settings: Settings
        let pool: WorkerPool
        do {
            try CurrentProcess.ignore(SIGPIPE)
            settings = try ConfigurationSources.load(file: configurationFile, environment: environment).settings
            var configuration = try WorkerPoolConfiguration(settings, environment: environment)
            configuration.warmWorkers = 1
            pool = WorkerPool(
                configuration: configuration,
                division: CgroupDivision.attempt(),
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                logger: StandardErrorLog(format: settings.logFormat, level: .error, isJournal: false)
                    .logger(label: "doctor")
            )
        } catch let error as SettingsError {
            throw EmbeddedService.StartError(exit: .badConfiguration, description: error.description)
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
        self.layers = pool.status().layers
        await pool.stop()
        switch outcome.result {
        case .items(let items): self.attempts = try Self.attempts(items)
        case .failure(let failure):
            throw EmbeddedService.StartError(
                exit: .failure,
                description: "the probes did not finish: \(failure.message)"
            )
        case .checked: throw EmbeddedService.StartError(exit: .failure, description: "the worker gave no answer")
        }
    }

    /// What this machine offers, which can be asked without any worker.
    public static func survey() -> [Offer] {
        KernelSurvey.offers().map {
            Offer(layer: $0.layer, isOffered: $0.isOffered, finding: $0.finding, remedy: $0.remedy)
        }
    }

    private static func probe(_ pool: WorkerPool) async -> TaskOutcome {
        var generator = SystemRandomNumberGenerator()
        let assignment = TaskAssignment(
            id: TaskID(using: &generator),
            request: TaskRequest(purpose: .probe, code: []),
            timeout: .seconds(30)
        )
        return await withCheckedContinuation { continuation in
            pool.execute(assignment, observer: OutcomeWaiter { continuation.resume(returning: $0) })
        }
    }

    /// Joins what the worker found with what the probes are. A worker cannot add to them, nor leave one out unseen.
    private static func attempts(_ items: ArraySlice<UInt8>) throws -> [Attempt] {
        var found: [String: (isHeld: Bool, detail: String)] = [:]
        try items.withUnsafeBytes { buffer in
            var reader = JSONReader(buffer, maximumNesting: 4)
            try reader.elements { (reader, _) in
                try reader.members { (reader, _) in
                    var (name, isHeld, detail) = ("", false, "")
                    try reader.members { (reader, key) in
                        switch key.text {
                        case "name": name = JSONValue.text(buffer[try reader.skip(.string)]) ?? ""
                        case "held": isHeld = JSONValue.boolean(buffer[try reader.skip(.boolean)])
                        case "detail": detail = JSONValue.text(buffer[try reader.skip(.string)]) ?? ""
                        default: break
                        }
                    }
                    found[name] = (isHeld, detail)
                }
            }
        }
        return ContainmentProbe.all.compactMap { probe in
            found[probe.name].map { verdict in
                Attempt(
                    name: probe.name,
                    description: probe.attempt,
                    layers: probe.layers,
                    isHeld: verdict.isHeld,
                    detail: verdict.detail
                )
            }
        }
    }
}
