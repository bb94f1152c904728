import Tasks

/// One of the two module allowlists, ready to be asked.
struct ModuleAllowlist {
    /// What a list says about a module.
    enum Verdict {
        /// The module, and everything below it.
        case allowed
        /// Only a way to something below it that is allowed, as `xml` is to `xml.etree`.
        case passage
        case refused
    }

    /// The setting that fills the list, as an operator writes it.
    let setting: String
    /// What the operator wrote, for messages.
    let entries: [String]
    /// Whether the list is `*`.
    let allowsEverything: Bool
    private let names: Set<String>
    private let passages: Set<String>

    init(setting: String, entries: [String]) {
        self.setting = setting
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
        var passages = Set<String>()
        for name in names {
            var rest = name[...]
            while let dot = rest.lastIndex(of: ".") {
                rest = rest[..<dot]
                passages.insert(String(rest))
            }
        }
        self.names = names
        self.passages = passages
    }

    /// What the list says about the module of that full dotted name.
    func verdict(on name: String) -> Verdict {
        guard !self.allowsEverything else { return .allowed }
        var rest = name[...]
        while true {
            if self.names.contains(String(rest)) { return .allowed }
            // What has to be named by itself, and all below it, is not part of the package it is in.
            guard ModuleViewRules.namedOnly[String(rest)] == nil, let dot = rest.lastIndex(of: ".") else { break }
            rest = rest[..<dot]
        }
        return self.passages.contains(name) ? .passage : .refused
    }

    /// What the list contains, in words for an error message; bounded, because lists can be long.
    var summary: String {
        guard !self.entries.isEmpty else { return "is empty" }
        let shown = self.entries.prefix(20).joined(separator: ", ")
        return "allows " + shown + (self.entries.count > 20 ? ", …" : "")
    }

    /// Whether the operator wrote the name, or something above or below it, rather than a group that has it.
    func names(explicitly name: String) -> Bool {
        self.allowsEverything
            || self.entries.contains { $0 == name || $0.hasPrefix(name + ".") || name.hasPrefix($0 + ".") }
    }
}

/// Both allowlists, and which of them a module is subject to.
struct ImportRules {
    let standardLibrary: ModuleAllowlist
    let external: ModuleAllowlist
    /// The top-level names of the interpreter's standard library, `sys.stdlib_module_names`.
    let standardModules: Set<String>

    init(policy: TaskPolicy, standardModules: Set<String>) {
        self.standardLibrary = ModuleAllowlist(
            setting: "TERRARIUM_STDLIB_ALLOW",
            entries: policy.standardLibraryAllow
        )
        self.external = ModuleAllowlist(setting: "TERRARIUM_EXTERNAL_ALLOW", entries: policy.externalAllow)
        self.standardModules = standardModules
    }

    /// The list that decides about a module.
    func list(for name: String) -> ModuleAllowlist {
        self.isStandard(name) ? self.standardLibrary : self.external
    }

    /// Whether the module belongs to the standard library.
    func isStandard(_ name: String) -> Bool {
        self.standardModules.contains(String(name.prefix { $0 != "." }))
    }

    func verdict(on name: String) -> ModuleAllowlist.Verdict {
        // The task's own module is no import: its dictionary holds the built-ins.
        guard name != "__main__" || self.standardLibrary.allowsEverything, !name.isEmpty else { return .refused }
        return self.list(for: name).verdict(on: name)
    }

    /// Why an import is refused: the list that was asked, and what it contains.
    func refusal(of name: String) -> String {
        let list = self.list(for: name)
        return "import of '\(name)' is not allowed: \(list.setting) \(list.summary)"
    }

    /// The setting that would allow an import, and what to put there.
    func remedy(for name: String) -> String {
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
        // A package that is not listed at all is wanted as a whole. Of the standard library's, and of one that is listed
        // in parts, the part is named: the rest of it was left out for a reason.
        let isWhole = !self.isStandard(name) && list.verdict(on: String(rest)) == .refused
        return "an administrator can allow it by adding '\(isWhole ? String(rest) : name)' to \(list.setting)"
    }
}
