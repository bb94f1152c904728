import PythonRuntime
import Tasks

/// The two module allowlists. Selects the list for a module, and makes the messages of refused imports.
struct ImportRules {
    /// The longest name of a module that is accepted, in bytes. A decision takes time in proportion to the square of
    /// the length.
    static let longestName = 1000

    let standardLibrary: ModuleAllowlist
    let external: ModuleAllowlist
    /// The top-level names of the interpreter's standard library, `sys.stdlib_module_names`.
    private let standardModules: Set<String>

    init(policy: TaskPolicy, standardModules: Set<String>) {
        self.standardLibrary = ModuleAllowlist(
            setting: policy.variables.standardLibraryAllow,
            entries: policy.standardLibraryAllow,
            // A private submodule is no part of its package's interface. Some of them load files or run programs.
            namesPrivateModules: true
        )
        self.external = ModuleAllowlist(
            setting: policy.variables.externalAllow,
            entries: policy.externalAllow
        )
        self.standardModules = standardModules
    }

    /// The allowlist for a module: that of the standard library if its top-level name belongs there, else that of external
    /// packages.
    func list(for name: String) -> ModuleAllowlist {
        self.isStandard(name) ? self.standardLibrary : self.external
    }

    /// Whether the module belongs to the standard library.
    func isStandard(_ name: String) -> Bool {
        self.standardModules.contains(String(name.prefix { $0 != "." }))
    }

    func decision(on name: String) -> ModuleAllowlist.Decision {
        // `__main__`, the task's own module, is refused, because its namespace contains the dictionary of built-ins.
        guard name != "__main__" || self.standardLibrary.allowsEverything, !name.isEmpty,
            name.utf8.count <= Self.longestName
        else { return .refused }
        return self.list(for: name).decision(on: name)
    }

    /// The message for a refused import, with the setting of the list that refused it and the list's contents.
    func refusal(of name: String) -> String {
        guard name.utf8.count <= Self.longestName else {
            return "the name of a module has at most \(Self.longestName) bytes; this one has \(name.utf8.count)"
        }
        let list = self.list(for: name)
        return "import of '\(name)' is not allowed: \(list.setting) \(list.summary)"
    }

    /// A hint on a refused import: what to use instead of a module that cannot work in a task, the name that is probably
    /// meant, and the setting that would allow the import.
    func remedy(for name: String) -> String {
        guard name.utf8.count <= Self.longestName else { return "shorten the name" }
        let setting = self.settingRemedy(for: name)
        if let obstacle = ModuleObstacles.obstacle(for: name) {
            return "\(obstacle); for the import alone: \(setting)"
        }
        if !self.isStandard(name), let near = NearestName.among(self.allowedNames, to: name) {
            return "did you mean '\(near)'? Otherwise \(setting)"
        }
        return setting
    }

    /// The top-level names that are allowed.
    private var allowedNames: [String] {
        (Array(self.standardModules).filter { self.standardLibrary.decision(on: $0) == .allowed }
            + self.external.entries.filter { $0 != "*" }).sorted()
    }

    /// The setting that would allow an import, and the entry to add.
    private func settingRemedy(for name: String) -> String {
        let list = self.list(for: name)
        var rest = name[...]
        while true {
            if let reason = ModuleViewRules.namedOnly[String(rest)] {
                return "an administrator can allow it by adding '\(rest)' to \(list.setting): it has to be named by "
                    + "itself, because it \(reason)"
            }
            guard let dot = rest.lastIndex(of: ".") else { break }
            rest = rest[..<dot]
        }
        // For an external package without any listed module, the entry to add is the package. For the standard library,
        // and for a package with some listed modules, the entry is the single module, because the operator did not list
        // the rest.
        let isWhole = !self.isStandard(name) && list.decision(on: String(rest)) == .refused
        return "an administrator can allow it by adding '\(isWhole ? String(rest) : name)' to \(list.setting)"
    }
}
