import Tasks

/// One of the two module allowlists.
struct ModuleAllowlist {
    /// The decision of a list on a module.
    enum Decision {
        /// The module and all its submodules are allowed.
        case allowed
        /// Only some of its submodules are allowed, as for `xml` when the list has `xml.etree`.
        case parentOnly
        case refused
    }

    /// The name of the setting that defines the list.
    let setting: String
    /// The setting's entries, for messages.
    let entries: [String]
    /// Whether the list is `*`.
    let allowsEverything: Bool
    /// Whether an entry for a package leaves out its private submodules, whose names begin with an underscore. Such a
    /// submodule is then allowed only by an entry with its own name, or by an entry for a module in
    /// ``ModuleViewRules/namedOnly``.
    private let namesPrivateModules: Bool
    private let names: Set<String>
    private let parents: Set<String>

    init(setting: String, entries: [String], namesPrivateModules: Bool = false) {
        self.setting = setting
        self.namesPrivateModules = namesPrivateModules
        self.entries = entries
        self.allowsEverything = entries == ["*"]
        var names = Set<String>()
        for entry in entries {
            if let group = StandardLibraryGroups.modules(in: entry) {
                names.formUnion(group.map(\.name))
            } else {
                names.insert(entry)
            }
        }
        var parents = Set<String>()
        for name in names {
            var rest = name[...]
            while let dot = rest.lastIndex(of: ".") {
                rest = rest[..<dot]
                parents.insert(String(rest))
            }
        }
        self.names = names
        self.parents = parents
    }

    /// The list's decision on the module with that full dotted name.
    func decision(on name: String) -> Decision {
        guard !self.allowsEverything else { return .allowed }
        var rest = name[...]
        var isPrivate = false
        while true {
            let isNamedOnly = ModuleViewRules.namedOnly[String(rest)] != nil
            if self.names.contains(String(rest)), !isPrivate || isNamedOnly { return .allowed }
            // A module in `namedOnly`, with its submodules, is not allowed by an entry for its package.
            guard !isNamedOnly, let dot = rest.lastIndex(of: ".") else { break }
            isPrivate = isPrivate || (self.namesPrivateModules && rest[rest.index(after: dot)...].first == "_")
            rest = rest[..<dot]
        }
        return self.parents.contains(name) ? .parentOnly : .refused
    }

    /// The contents of the list for an error message. At most 20 entries are shown, because lists can be long.
    var summary: String {
        guard !self.entries.isEmpty else { return "is empty" }
        let shown = self.entries.prefix(20).joined(separator: ", ")
        return "allows " + shown + (self.entries.count > 20 ? ", …" : "")
    }

    /// Whether the list has an entry for the module itself, for a parent or a submodule of it, or `*`. A group that
    /// contains the module does not count.
    func names(explicitly name: String) -> Bool {
        self.allowsEverything
            || self.entries.contains { $0 == name || $0.hasPrefix(name + ".") || name.hasPrefix($0 + ".") }
    }
}
