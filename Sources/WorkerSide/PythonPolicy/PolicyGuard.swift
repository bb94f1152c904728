import CPython
import PythonRuntime
import Tasks

/// The policy in force in this process. It owns the guards; each guard's type documents what it protects.
///
/// It is installed once, in the fork server, after the preload imports and before the first fork, and cannot be removed.
/// The guard's C functions reach it through ``current``, because Python code could read an object bound to a C function
/// as the function's `__self__`.
final class PolicyGuard: InstalledPolicy {
    /// The guard that was installed, for the C functions that Python calls.
    // Safety: written once, before the first task, by the only thread that exists then.
    nonisolated(unsafe) private(set) static var current: PolicyGuard?

    let context: PolicyContext
    let views: ModuleViews
    let imports: ImportGuard
    let attributes: AttributeGuard
    let lookups: LookupGuard
    let packageTypes: PackageTypes
    let methods: MethodGuard
    let mappingProxies: MappingProxyGuard
    let evaluators: EvaluatorGuard
    let replacements: SafeReplacements
    let classes: LibraryClasses
    let dataclasses: DataclassAnnotations
    private(set) var buffers = BufferedStreams()
    let modules: ModuleReplacements
    let audit: AuditGuard

    /// Installs a policy in the interpreter of this process.
    ///
    /// - Parameters:
    ///   - policy: The settings of the policy.
    ///   - libraries: The folders of library code.
    ///   - temporaryFolders: The paths by which tasks reach the folder in which they may write; empty if they have
    ///     none.
    ///   - hiddenVariables: The names of the environment variables that tasks do not see.
    /// - Returns: The guard, which lives as long as the process.
    /// - Throws: What CPython raised; the interpreter must not run tasks then.
    static func install(
        _ policy: TaskPolicy,
        libraries: LibraryPaths,
        temporaryFolders: [String],
        hiddenVariables: Set<String>
    ) throws(PythonException) -> PolicyGuard {
        precondition(unsafe Self.current == nil, "a policy is installed already")
        let context = try PolicyContext(policy, libraries: libraries, temporaryFolders: temporaryFolders)
        let policyGuard = try PolicyGuard(context)
        unsafe Self.current = policyGuard
        try TaskBuiltins(policyGuard.context, policyGuard.views).fill()
        if !policyGuard.context.isOpen {
            try policyGuard.attributes.install()
            try policyGuard.lookups.install()
            try policyGuard.methods.install()
            try policyGuard.mappingProxies.install()
            try policyGuard.evaluators.install()
            try policyGuard.classes.install()
            try policyGuard.buffers.install()
            try policyGuard.replacements.importModules()
            try policyGuard.guardLoadedModules()
        }
        try TaskEnvironment.install(in: policyGuard.views, context, hiding: hiddenVariables)
        TaskEventLoop.install(policyGuard.context)
        try policyGuard.views.buildLoaded()
        if !policyGuard.context.isOpen { try policyGuard.audit.install() }
        return policyGuard
    }

    private init(_ context: PolicyContext) throws(PythonException) {
        self.context = context
        self.attributes = try AttributeGuard(context)
        self.lookups = try LookupGuard(context)
        self.packageTypes = PackageTypes(context, self.attributes)
        self.methods = MethodGuard(context)
        self.mappingProxies = MappingProxyGuard()
        self.views = try ModuleViews(context)
        self.imports = ImportGuard(context, self.views)
        self.evaluators = EvaluatorGuard(context, self.views)
        self.replacements = SafeReplacements(context, self.views, self.lookups)
        self.classes = LibraryClasses(context, self.evaluators, self.attributes.deputies)
        self.dataclasses = DataclassAnnotations(context, self.evaluators, self.views)
        self.modules = ModuleReplacements(context)
        self.audit = AuditGuard(context, self.views, self.evaluators, self.lookups)
    }

    /// Guards functions and attributes inside library modules. It is called again after every import, before the task
    /// can call code of the new modules.
    func guardLoadedModules() throws(PythonException) {
        TaskEventLoop.install(self.context)
        guard !self.context.isOpen else { return }
        try self.views.hideListedValues()
        try self.replacements.place()
        try self.modules.place()
        try self.dataclasses.place()
        try self.classes.guardLoadedModules()
        try self.attributes.guardLoadedModules()
        try self.packageTypes.guardLoadedModules()
    }

    /// Runs the body of a C function with the installed guard, and turns a thrown exception into CPython's pending one.
    @safe
    static func answering(_ body: (PolicyGuard) throws(PythonException) -> PythonReference) -> PyPointer? {
        PythonFunction.answer { () throws(PythonException) in
            guard let current = unsafe Self.current else {
                throw PythonException.make(.runtimeError, "no policy is installed")
            }
            return try body(current)
        }
    }

    /// Like ``answering(_:)``, for a C function that looks up attributes on behalf of its caller. The function runs as
    /// one of the ``Deputies``.
    @safe
    static func answeringAsDeputy(
        _ body: (PolicyGuard) throws(PythonException) -> PythonReference
    ) -> PyPointer? {
        Self.answering { (policy) throws(PythonException) in
            try policy.attributes.deputies.run { () throws(PythonException) in try body(policy) }
        }
    }

    // MARK: InstalledPolicy

    var builtins: DictionaryObject { self.context.builtins }

    var importedModules: [String] { self.imports.loadedForTask }

    func violations(in task: borrowing CompiledTask) throws(PythonException) -> Violations {
        try CodeCheck(self.context).violations(in: task)
    }

    func hints(on task: borrowing CompiledTask, mode: TaskMode) throws(PythonException) -> [CodeHint] {
        try CodeHintFinder.hints(on: task, mode: mode)
    }

    func hint(for exception: PythonException, variables: [String], mode: TaskMode) -> String? {
        ExceptionHint(self.context, mode: mode, variables: variables).hint(for: exception)
    }
}
