/// The state of one sandbox layer on this machine, as the fork server and its workers report it.
public struct SandboxLayer: Equatable, Sendable {
    /// A short fixed name, such as `seccomp`; also a label in the metrics.
    public var name: String
    public var isActive: Bool
    /// What is active, or why the layer is not active and what would change that.
    public var detail: String

    public init(name: String, isActive: Bool, detail: String) {
        self.name = name
        self.isActive = isActive
        self.detail = detail
    }
}
