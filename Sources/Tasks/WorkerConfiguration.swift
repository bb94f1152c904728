/// How much confinement the service insists on.
public enum SandboxMode: UInt8, Sendable, CaseIterable {
    /// Every layer that the kernel and the container allow; refuses to start below the floor.
    case auto = 0
    /// Refuses to start unless every layer is active.
    case strict = 1

    public var name: String {
        switch self {
        case .auto: "auto"
        case .strict: "strict"
        }
    }
}

/// One layer of confinement as it turned out on this machine.
public struct SandboxLayer: Equatable, Sendable {
    /// A short fixed name, such as `seccomp`, fit for a metric's label.
    public var name: String
    public var isActive: Bool
    /// What is in force, or why it is not and what would change that.
    public var detail: String

    public init(name: String, isActive: Bool, detail: String) {
        self.name = name
        self.isActive = isActive
        self.detail = detail
    }
}

/// The modules a fork server imports ahead of its first worker.
public enum PreloadSelection: Equatable, Sendable {
    /// What the allowlists name and the machine has.
    case automatic
    case none
    case modules([String])
}

/// All that a fork server and its workers need to know, sent to it once when it starts.
public struct WorkerConfiguration: Equatable, Sendable {
    public var policy: TaskPolicy
    public var limits: TaskLimits
    /// Absolute folders that hold the packages tasks may import.
    public var sitePackages: [String]
    public var preload: PreloadSelection
    public var sandbox: SandboxMode
    /// The identity that workers take on when the service runs as root; nil keeps the service's own.
    public var identity: WorkerIdentity?
    /// The value of `TZ` for tasks, already validated as the name of a time zone.
    public var timeZone: String?

    public init(
        policy: TaskPolicy,
        limits: TaskLimits,
        sitePackages: [String] = [],
        preload: PreloadSelection = .automatic,
        sandbox: SandboxMode = .auto,
        identity: WorkerIdentity? = nil,
        timeZone: String? = nil
    ) {
        self.policy = policy
        self.limits = limits
        self.sitePackages = sitePackages
        self.preload = preload
        self.sandbox = sandbox
        self.identity = identity
        self.timeZone = timeZone
    }
}

/// An unprivileged user and group.
public struct WorkerIdentity: Equatable, Sendable {
    public var uid: UInt32
    public var gid: UInt32

    public init(uid: UInt32, gid: UInt32) {
        self.uid = uid
        self.gid = gid
    }
}
