import Settings
import Tasks

/// A short identifier of the policy and the limits. Equal policies and limits have the same identifier on every
/// machine.
enum PolicyRevision {
    /// The first twelve hexadecimal digits of a hash of the policy's lists, the limits and the sandbox mode.
    static func text(_ settings: ServiceSettings) -> String {
        let policy = settings.policy
        let limits = settings.limits
        let parts = [
            policy.standardLibraryAllow.sorted().joined(separator: ","),
            policy.externalAllow.sorted().joined(separator: ","),
            policy.builtinsDeny.sorted().joined(separator: ","),
            "\(limits.memory) \(limits.memoryCeiling) \(limits.cpu) \(limits.output) \(limits.log)",
            settings.sandbox.name,
            "\(settings.taskTimeout)",
        ]
        return String(HashText.sha256(Array(parts.joined(separator: "\n").utf8)).prefix(12))
    }
}
