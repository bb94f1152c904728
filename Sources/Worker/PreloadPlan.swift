import Tasks

/// Which modules a fork server imports ahead of its first worker.
enum PreloadPlan {
    /// What the configuration asks for; automatically, every module that the allowlists name.
    ///
    /// `*` names none: a task that needs a rare module imports it itself.
    static func modules(for configuration: WorkerConfiguration) -> [String] {
        switch configuration.preload {
        case .none: return []
        case .modules(let modules): return modules
        case .automatic:
            let allowed = configuration.policy.standardLibraryAllow + configuration.policy.externalAllow
            var modules = allowed.filter { $0 != "*" }.flatMap { name in
                StandardLibraryGroups.modules(in: name)?.map(\.name) ?? [name]
            }
            if allowed.contains("*") {
                modules += StandardLibraryGroups.safe.map(\.name)
            }
            return modules
        }
    }
}
