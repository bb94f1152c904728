/// The audit events that the operator's settings permit, computed once.
struct AuditPermissions {
    /// A group of refused events: the prefix of their names, as bytes, whether library code may cause them, and a
    /// description of what such an event does.
    let refused: [(prefix: [UInt8], isForLibraries: Bool, reason: String)]
    /// Whether the operator listed a module that opens files. The hook then permits every `open`, and only the kernel
    /// restricts it.
    let opensFiles: Bool
    /// Whether a task has the built-in `open`.
    let hasOpen: Bool
    let loadsLibraries: Bool
    let unpickles: Bool
    let unmarshals: Bool
    let traces: Bool

    init(_ imports: ImportRules, builtinsDeny: [String], hasTemporaryFolder: Bool) {
        let list = imports.standardLibrary
        self.refused = AuditRules.families
            .filter { family in !family.modules.contains { list.names(explicitly: $0) } }
            .filter { !(hasTemporaryFolder && $0.isPermittedInTemporaryFolder) }
            .map { (Array($0.prefix.description.utf8), $0.isForLibraries, $0.reason) }
        self.opensFiles = AuditRules.fileModules.contains { list.names(explicitly: $0) }
        self.hasOpen = !builtinsDeny.contains("open")
        self.loadsLibraries = list.names(explicitly: "ctypes")
        self.traces = AuditRules.tracingModules.contains { list.names(explicitly: $0) }
        self.unmarshals = list.names(explicitly: "marshal")
        self.unpickles = list.names(explicitly: "pickle") || list.names(explicitly: "shelve")
    }
}
