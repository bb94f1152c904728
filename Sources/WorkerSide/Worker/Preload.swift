import PythonRuntime
import Tasks

/// Imports modules in a fork server before it forks its first worker. ``WorkerProgram`` runs it once, after the
/// interpreter's start.
///
/// A process with threads cannot fork workers. If importing a module starts a thread, the process imports the remaining
/// modules only to find all modules that start threads, reports them to the broker, and ends. The broker then starts
/// another fork server, which does not import them. Usually no module starts a thread, and the first process becomes
/// the fork server.
struct Preload {
    struct Outcome {
        /// The modules whose imports started threads.
        var threadStarters: [String] = []
        /// Warnings for the operator.
        var warnings: [String] = []
    }

    private let modules: [String]
    /// Submodules that tasks import. One that is not there any more is no fault of the operator.
    private let learned: [String]
    private let leftOut: [String]

    /// Modules that are known to start no threads when they are imported. The threads are not counted after their
    /// import.
    private static let safe = Set((StandardLibraryGroups.modules(in: "@safe") ?? []).map(\.name))

    init(_ configuration: WorkerConfiguration) {
        let leftOut = Set(configuration.notPreloaded)
        self.leftOut = configuration.notPreloaded
        self.modules = PreloadPlan(configuration.preload, policy: configuration.policy).modules
            .filter { !leftOut.contains($0) }
        self.learned = configuration.learnedModules.filter { !leftOut.contains($0) }
    }

    /// Imports the modules.
    ///
    /// - Parameters:
    ///   - interpreter: The started interpreter.
    ///   - threads: Counts the threads of this process.
    /// - Returns: The modules that start threads, and the warnings. If there are such modules, the process must not
    ///   fork workers.
    /// - Throws: What `threads` throws.
    func run(in interpreter: Interpreter, threads: () throws -> Int) throws -> Outcome {
        var outcome = Outcome(warnings: self.leftOut.map(Self.warning(leftOut:)))
        var known = 1
        for (index, module) in (self.modules + self.learned).enumerated() {
            for failure in interpreter.preload([module]) where index < self.modules.count {
                // A module of the group that this version of Python does not have.
                if Self.safe.contains(module), failure.reason.hasPrefix("ModuleNotFoundError") { continue }
                outcome.warnings.append(
                    "\(failure.module) is allowlisted and cannot be imported: \(failure.reason)"
                )
            }
            guard !Self.safe.contains(module) else { continue }
            let count = try threads()
            if count > known { outcome.threadStarters.append(module) }
            known = count
        }
        return outcome
    }

    private static func warning(leftOut module: String) -> String {
        "\(module) starts threads when it is imported, so it is not imported in advance (TERRARIUM_PRELOAD): each task that"
            + " uses it imports it, which takes longer"
    }
}
