public import Linux
public import Tasks

/// One step of confinement, in the order in which they are taken.
public enum ConfinementStep: String, Hashable, Sendable, CaseIterable {
    case processFiles = "opening the process's own status"
    case killPreference = "oom_score_adj"
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
}

extension ConfinementStep {
    /// A step that workers take by a plan.
    init(_ step: WorkerPlan.Step) {
        self =
            switch step {
            case .parentDeath: .parentDeath
            case .descriptors: .descriptors
            case .landlock: .landlock
            case .limits: .limits
            case .seccomp: .seccomp
            }
    }
}

/// Why confinement failed: which step, on what, with which errno.
public enum ConfinementError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A step failed. `subject` is the path, the limit or the identity it was about.
    case failed(ConfinementStep, subject: String?, SystemError)
    /// The program has as many threads as that: it must confine itself, and fork, while it has one.
    case multithreaded(threads: Int)
    /// libseccomp refused a rule, or the whole filter.
    case filter(call: String, code: Int32)
    /// Less than the floor is possible here: what is missing, and how every layer turned out.
    case belowFloor(missing: [String], layers: [SandboxLayer])
    /// `strict` was asked for, and these layers are not active.
    case notStrict(missing: [String], layers: [SandboxLayer])

    public var description: String {
        switch self {
        case .failed(let step, .some(let subject), let error): "\(step.rawValue) (\(subject)): \(error)"
        case .failed(let step, .none, let error): "\(step.rawValue): \(error)"
        case .multithreaded(let threads): "the program has \(threads) threads; it must have one to confine itself"
        case .filter(let call, let code): "the filter's rule for \(call): \(SystemError.text(of: code))"
        case .belowFloor(let missing, let layers):
            "the sandbox's floor is not met: \(Self.list(missing, layers))"
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

/// Runs a system call as a step: its error becomes one that names the step.
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
