public import Linux
public import Tasks

/// The steps of confinement, in their order.
public enum ConfinementStep: String, Hashable, Sendable, CaseIterable {
    case processFiles = "opening the process's own status"
    case mountNamespace = "mount namespace"
    case networkNamespace = "network namespace"
    case ipcNamespace = "ipc namespace"
    case utsNamespace = "uts namespace"
    case cgroupNamespace = "cgroup namespace"
    case mountsPrivate = "making mounts private"
    case newRoot = "mounting the new root"
    case rootEntry = "making an entry of the new root"
    case bind = "binding into the new root"
    case readOnly = "making the new root read-only"
    case pivotRoot = "pivot_root"
    case hostName = "host name"
    case boundingSet = "bounding set"
    case identity = "identity"
    case capabilities = "capabilities"
    case noNewPrivileges = "no_new_privs"
    case notDumpable = "not dumpable"
    case singleThread = "being single-threaded"
    case baseline = "measuring the warm baseline"
    case refusalHandler = "SIGSYS handler"
    case landlockRules = "landlock rules"
    case landlock = "landlock"
    case filterCompilation = "compiling the system-call filter"
    case limits = "resource limits"
    case parentDeath = "parent death signal"
    case descriptors = "closing descriptors"
    case seccomp = "seccomp"
    case temporaryFolder = "temporary folder"
}

extension ConfinementStep {
    /// The step of confinement that corresponds to a step of a worker's plan.
    init(_ step: WorkerPlan.Step) {
        self =
            switch step {
            case .parentDeath: .parentDeath
            case .descriptors: .descriptors
            case .landlock: .landlock
            case .limits: .limits
            case .seccomp: .seccomp
            case .folder: .temporaryFolder
            }
    }
}

/// The reason why confinement failed: the step, its subject and the errno.
public enum ConfinementError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A step failed. `subject` is the path, limit or identity that it used.
    case failed(ConfinementStep, subject: String?, SystemError)
    /// The program has several threads. Confinement and fork affect only the calling thread, so the program must have
    /// one thread.
    case multithreaded(threads: Int)
    /// libseccomp refused a rule, or the whole filter.
    case filter(call: String, code: Int32)
    /// The layers in `missing`, which the minimum requires, are not active. `layers` has the state of every layer.
    case belowMinimum(missing: [String], layers: [SandboxLayer])
    /// The mode is `strict`, but the layers in `missing` are not active. `layers` has the state of every layer.
    case notStrict(missing: [String], layers: [SandboxLayer])

    public var description: String {
        switch self {
        case .failed(let step, .some(let subject), let error): "\(step.rawValue) (\(subject)): \(error)"
        case .failed(let step, .none, let error): "\(step.rawValue): \(error)"
        case .multithreaded(let threads): "the program has \(threads) threads; it must have one to confine itself"
        case .filter(let call, let code): "the filter's rule for \(call): \(SystemError.text(of: code))"
        case .belowMinimum(let missing, let layers):
            "the sandbox's minimum is not met: \(Self.list(missing, layers))"
        case .notStrict(let missing, let layers):
            "sandbox = strict, but not every layer is active: \(Self.list(missing, layers))"
        }
    }

    private static func list(_ missing: [String], _ layers: [SandboxLayer]) -> String {
        missing.map { name in
            guard let detail = layers.first(where: { $0.name == name })?.detail, !detail.isEmpty else { return name }
            return "\(name) (\(detail))"
        }
        .joined(separator: "; ")
    }
}

/// Runs a system call as a step. Its error becomes a ``ConfinementError`` that names the step.
func step<Result: ~Copyable>(
    _ step: ConfinementStep,
    _ subject: @autoclosure () -> String? = nil,
    _ body: () throws(SystemError) -> Result
) throws(ConfinementError) -> Result {
    do throws(SystemError) {
        return try body()
    } catch {
        throw .failed(step, subject: subject(), error)
    }
}
