/// Which modules fork servers import ahead of their first worker.
public struct PreloadPlan: Equatable, Sendable {
    /// Modules of the standard library.
    public var standardLibrary: [String]
    /// Modules of packages. They are imported by a fork server of their own, because fork(2) takes several times as
    /// long in a process that has imported large packages.
    public var packages: [String]
    /// The packages that the policy allows by name.
    private let allowed: [String]

    /// Resolves a selection under a policy.
    ///
    /// With `.automatic`, the plan has every module that the allowlists name. `*` in an allowlist adds only the `@safe`
    /// group. Other modules are imported by the tasks that need them.
    public init(_ selection: PreloadSelection, policy: TaskPolicy) {
        (self.standardLibrary, self.packages) = ([], [])
        self.allowed = policy.externalAllow.filter { $0 != "*" }
        switch selection {
        case .none: break
        case .automatic: self.addAllowed(by: policy)
        case .modules(let modules): self.add(modules, policy)
        case .automaticAnd(let modules):
            self.addAllowed(by: policy)
            self.add(modules, policy)
        }
    }

    private mutating func addAllowed(by policy: TaskPolicy) {
        var names = policy.standardLibraryAllow.filter { $0 != "*" }
        if policy.standardLibraryAllow.contains("*") || policy.externalAllow.contains("*") { names.append("@safe") }
        self.standardLibrary += names.flatMap { name in
            StandardLibraryGroups.modules(in: name)?.map(\.name) ?? [name]
        }
        self.packages += self.allowed
    }

    private mutating func add(_ modules: [String], _ policy: TaskPolicy) {
        let packages = Set(policy.externalAllow.map { Self.package(of: $0) })
        self.standardLibrary += modules.filter { !packages.contains(Self.package(of: $0)) }
        self.packages += modules.filter { packages.contains(Self.package(of: $0)) }
    }

    /// All modules of the plan, in the order of import.
    public var modules: [String] { self.standardLibrary + self.packages }

    /// The top-level names of the packages whose tasks are sent to the workers with preloaded packages: the packages of the
    /// plan, and all other packages that the policy allows by name. Empty if the plan has no package.
    public var packageNames: Set<String> {
        self.packages.isEmpty ? [] : Set((self.packages + self.allowed).map { Self.package(of: $0) })
    }

    private static func package(of module: String) -> String {
        String(module.prefix { $0 != "." })
    }
}
