internal import Linux

/// A forbidden operation that `terrarium doctor` attempts inside a real worker, and that confinement must refuse.
public struct ContainmentProbe: Hashable, Sendable {
    /// A short fixed name, such as `open_password_file`.
    public let name: String
    /// A description of the operation.
    public let attempt: String
    /// The layers that refuse the operation, by the names of ``SandboxLayer``.
    public let layers: [String]

    private let kind: SelfAttempt

    /// The result of a probe.
    public struct Verdict: Hashable, Sendable {
        public let probe: ContainmentProbe
        /// Whether the operation was refused.
        public let isHeld: Bool
        /// The refusal, such as `EACCES` or `refused by seccomp: socket(AF_INET)`; or the text that the operation
        /// succeeded.
        public let detail: String
    }

    /// All probes. No probe ends the process, so one worker can run all of them.
    public static let all: [ContainmentProbe] = [
        probe(.openPasswordFile, "open /etc/passwd", [LayerName.mountNamespace, LayerName.landlock]),
        probe(.openEnvironment, "open /proc/self/environ", [LayerName.mountNamespace, LayerName.landlock]),
        probe(.listRoot, "list the root folder", [LayerName.landlock]),
        probe(
            .createFile,
            "create a file",
            [LayerName.seccomp, LayerName.mountNamespace, LayerName.landlock, LayerName.identity]
        ),
        probe(.connectNetwork, "connect to loopback", [LayerName.seccomp, LayerName.networkNamespace]),
        probe(.connectUnix, "connect to an abstract socket", [LayerName.seccomp, LayerName.landlockScopes]),
        probe(.fork, "fork a process", [LayerName.seccomp]),
        probe(.execute, "execute a program", [LayerName.seccomp, LayerName.mountNamespace, LayerName.landlock]),
        probe(
            .signalFirstProcess,
            "signal process 1",
            [LayerName.seccomp, LayerName.pidNamespace, LayerName.landlockScopes]
        ),
        probe(.becomeRoot, "become root", [LayerName.seccomp, LayerName.identity, LayerName.capabilities]),
        probe(.raiseLimit, "raise a limit", [LayerName.seccomp, LayerName.limits]),
        probe(.mapShared, "map shared memory", [LayerName.seccomp]),
        probe(.mapTerabyte, "map a terabyte", [LayerName.limits]),
        probe(.lockMemory, "lock memory", [LayerName.seccomp, LayerName.limits]),
        probe(.wakeSharedFutex, "wake a futex that processes share", [LayerName.seccomp]),
        probe(.readClockOfFirstProcess, "read the clock of process 1", [LayerName.seccomp]),
        probe(.findGroupOfFirstProcess, "find the group of process 1", [LayerName.seccomp]),
        probe(.dropCachedPages, "drop cached pages of a file", [LayerName.seccomp]),
        probe(.useInherited, "use an inherited descriptor", [LayerName.descriptors]),
    ]

    /// Runs every probe in this process. It must be a confined worker without a task, because the probes test the
    /// process itself.
    public static func runAll() -> [Verdict] {
        self.all.map { $0.run() }
    }

    private func run() -> Verdict {
        SystemCallFilter.forgetRefusals()
        guard let code = self.kind.make() else {
            return Verdict(probe: self, isHeld: false, detail: "it succeeded")
        }
        let detail = Refusals.last().map { "refused by seccomp: \($0)" } ?? SystemError.text(of: code)
        return Verdict(probe: self, isHeld: true, detail: detail)
    }

    private static func probe(_ kind: SelfAttempt, _ attempt: String, _ layers: [String]) -> ContainmentProbe {
        ContainmentProbe(name: self.name(of: kind), attempt: attempt, layers: layers, kind: kind)
    }

    private static func name(of kind: SelfAttempt) -> String {
        switch kind {
        case .openPasswordFile: "open_password_file"
        case .openEnvironment: "open_environment"
        case .createFile: "create_file"
        case .listRoot: "list_root"
        case .connectNetwork: "connect_network"
        case .connectUnix: "connect_unix"
        case .fork: "fork"
        case .execute: "execute"
        case .signalFirstProcess: "signal_first_process"
        case .becomeRoot: "become_root"
        case .raiseLimit: "raise_limit"
        case .mapShared: "map_shared"
        case .mapTerabyte: "map_terabyte"
        case .useInherited: "use_inherited"
        case .lockMemory: "lock_memory"
        case .wakeSharedFutex: "wake_shared_futex"
        case .readClockOfFirstProcess: "read_clock_of_first_process"
        case .findGroupOfFirstProcess: "find_group_of_first_process"
        case .dropCachedPages: "drop_cached_pages"
        }
    }
}
