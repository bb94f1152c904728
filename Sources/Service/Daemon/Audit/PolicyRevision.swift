import Settings
import Tasks

/// A short name for what tasks may do: equal for equal policies and limits, on every machine.
enum PolicyRevision {
    /// Twelve hexadecimal digits of the hash of the lists, the limits and the mode of the sandbox.
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
