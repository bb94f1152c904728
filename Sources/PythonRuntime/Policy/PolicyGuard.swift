import CPython
import Tasks

/// The policy in force in this process: what tasks may import, which built-ins they see, and what is guarded.
///
/// Installed once, in the fork server, after the preload imports and before the first fork; it cannot be taken out
/// again. Its C functions find it through ``current``, because anything they carried along would be visible to Python
/// as their `__self__`.
@safe
final class PolicyGuard: TaskRules {
    /// The guard that was installed, for the C functions that Python calls.
    // Safety: written once, before the first task, by the only thread there is then.
    nonisolated(unsafe) private(set) static var current: PolicyGuard?

    let policy: TaskPolicy
    let imports: ImportRules
    /// Whether the operator allowed the whole standard library. Introspection is then a matter of importing `inspect`
    /// or `gc`, so nothing inside the interpreter is guarded but names: the kernel is the line.
    let isOpen: Bool
    /// What a task's frames have as their built-ins, and nobody else's: that is how a task's code is told apart.
    let builtins: PyPointer
    /// The interpreter's own.
    let realBuiltins: PyPointer
    /// `sys.modules`, the real one.
    let modules: PyPointer
    let callers: CallerTable
    let names: PolicyNames
    let views: ModuleViews
    let grants: Grants
    /// The definitions behind guarded descriptors, so that none is guarded twice.
    var guarded: Set<UnsafeRawPointer> = unsafe []

    /// Installs a policy in the interpreter of this process.
    ///
    /// - Parameters:
    ///   - policy: The rules.
    ///   - standardLibrary: The folders of the standard library, as on `sys.path`.
    ///   - sitePackages: The folders of other packages.
    /// - Returns: The guard, which lives as long as the process.
    /// - Throws: What CPython raised; the interpreter is not fit for tasks then.
    static func install(
        _ policy: TaskPolicy,
        standardLibrary: [String],
        sitePackages: [String]
    ) throws(PythonException) -> PolicyGuard {
        precondition(unsafe Self.current == nil, "a policy is installed already")
        let policyGuard = try PolicyGuard(
            policy,
            callers: CallerTable(standardLibrary: standardLibrary, sitePackages: sitePackages)
        )
        unsafe Self.current = policyGuard
        try policyGuard.fillBuiltins()
        if !policyGuard.isOpen {
            try policyGuard.guardDescriptors()
            try policyGuard.guardMethods()
            try policyGuard.guardMappingProxies()
            try policyGuard.guardEvaluators()
            try policyGuard.importStandInModules()
            try policyGuard.placeStandIns()
        }
        try policyGuard.views.buildLoaded(policyGuard)
        if !policyGuard.isOpen { try policyGuard.installAuditHook() }
        return policyGuard
    }

    private init(_ policy: TaskPolicy, callers: CallerTable) throws(PythonException) {
        self.policy = policy
        let standardModules = try Self.standardModules()
        self.imports = ImportRules(policy: policy, standardModules: standardModules)
        self.isOpen = policy.standardLibraryAllow == ["*"]
        let builtins = try PythonReference.dictionary()
        unsafe self.builtins = unsafe builtins.release()
        let realModule = try PythonReference.importing("builtins")
        unsafe self.realBuiltins = unsafe PyModule_GetDict(realModule.pointer)
        unsafe CPython_INCREF(self.realBuiltins)
        unsafe self.modules = unsafe PyImport_GetModuleDict()
        self.callers = callers
        self.names = try PolicyNames(policy: policy, isOpen: self.isOpen)
        self.views = try ModuleViews()
        self.grants = Grants(self.imports, builtinsDeny: policy.builtinsDeny)
    }

    /// `sys.stdlib_module_names`.
    private static func standardModules() throws(PythonException) -> Set<String> {
        guard let names = unsafe PySys_GetObject("stdlib_module_names") else { return [] }
        let iterator = unsafe try PythonReference(checking: PyObject_GetIter(names))
        var result = Set<String>()
        while let next = unsafe PyIter_Next(iterator.pointer) {
            let name = unsafe PythonReference(owning: next)
            unsafe result.insert(try PythonText.string(name.pointer))
        }
        return result
    }

    /// Whether the code that runs right now belongs to a task, told by its built-ins.
    var isCalledByTask: Bool {
        unsafe PyEval_GetBuiltins() == self.builtins
    }

    /// Whether a namespace belongs to a task: functions made in it see the filtered built-ins.
    func isTaskNamespace(_ dictionary: PyPointer) -> Bool {
        unsafe CPython_Dict_CheckExact(dictionary) != 0
            && PyDict_GetItem(dictionary, self.names.builtins) == self.builtins
    }
}
