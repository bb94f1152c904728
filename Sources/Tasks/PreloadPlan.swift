/// Which modules fork servers import ahead of their first worker.
public struct PreloadPlan: Equatable, Sendable {
    /// Modules of the standard library.
    public var standardLibrary: [String]
    /// Modules of packages. They are kept apart because some are so large that forking a process that has them takes
    /// several times as long.
    public var packages: [String]

    /// What a selection comes to under a policy.
    ///
    /// Automatically it is every module that the allowlists name. `*` names none beyond the safe ones: a task that needs a
    /// rare module imports it itself.
    public init(_ selection: PreloadSelection, policy: TaskPolicy) {
        switch selection {
        case .none:
            (self.standardLibrary, self.packages) = ([], [])
        case .modules(let modules):
            let packages = Set(policy.externalAllow.map { Self.package(of: $0) })
            self.standardLibrary = modules.filter { !packages.contains(Self.package(of: $0)) }
            self.packages = modules.filter { packages.contains(Self.package(of: $0)) }
        case .automatic:
            var names = policy.standardLibraryAllow.filter { $0 != "*" }
            if policy.standardLibraryAllow.contains("*") || policy.externalAllow.contains("*") { names.append("@safe") }
            self.standardLibrary = names.flatMap { name in
                StandardLibraryGroups.modules(in: name)?.map(\.name) ?? [name]
            }
            self.packages = policy.externalAllow.filter { $0 != "*" }
        }
    }

    /// Everything, in the order of import.
    public var modules: [String] { self.standardLibrary + self.packages }

    /// The names by which code imports from the packages.
    public var packageNames: Set<String> { Set(self.packages.map { Self.package(of: $0) }) }

    private static func package(of module: String) -> String {
        String(module.prefix { $0 != "." })
    }
}
