/// What a reload of the configuration has changed.
public struct ReloadReport: Equatable, Sendable {
    /// The variables of settings that have taken effect.
    public var changed: [String]
    /// The variables of settings that changed in the file and wait for a restart.
    public var pending: [String]
    /// The variables of the environment that override a setting of the file.
    public var overriding: [String]
    /// The revision of the policy that is in force after the reload.
    public var policyRevision: String

    public init(changed: [String], pending: [String], overriding: [String], policyRevision: String) {
        self.changed = changed
        self.pending = pending
        self.overriding = overriding
        self.policyRevision = policyRevision
    }
}

/// Why a reload has changed nothing.
public struct ReloadFailure: Error, Equatable, Sendable {
    public var reason: String

    public init(reason: String) {
        self.reason = reason
    }
}
