/// How much confinement the service requires (`SANDBOX`).
public enum SandboxMode: UInt8, Sendable, CaseIterable {
    /// Every layer that the kernel and the container allow; refuses to start without the minimum.
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
