import CPython
import PythonRuntime
import Tasks

/// The shared state of all parts of the policy: the settings, the names to look for, and the interpreter's own
/// dictionaries.
///
/// The context is made when the policy is installed, is not changed afterwards, and lives as long as the process.
final class PolicyContext {
    let policy: TaskPolicy
    let imports: ImportRules
    let names: PolicyNames
    let libraries: LibraryPaths
    /// The paths by which a task reaches the folder in which it may write; empty if it has none. The kernel refuses
    /// writes anywhere else.
    let temporaryFolders: [String]
    /// Whether the operator allowed the whole standard library. A task can then import `inspect` or `gc` and inspect
    /// every object. So the policy only checks names and guards no object of the interpreter, and only the kernel
    /// confines the task.
    let isOpen: Bool
    /// The built-ins of a task's frames. Only a task's frames use this dictionary, so it identifies a task's code.
    let builtins: DictionaryObject
    /// The interpreter's own built-ins.
    let realBuiltins: DictionaryObject
    /// The interpreter's own `sys.modules`.
    let modules: DictionaryObject

    /// - Parameters:
    ///   - policy: The settings of the policy.
    ///   - libraries: The folders of library code.
    ///   - temporaryFolders: The paths by which a task reaches the folder in which it may write.
    /// - Throws: What CPython raised.
    init(_ policy: TaskPolicy, libraries: LibraryPaths, temporaryFolders: [String]) throws(PythonException) {
        self.policy = policy
        self.libraries = libraries
        self.temporaryFolders = temporaryFolders
        self.isOpen = policy.standardLibraryAllow == ["*"]
        self.imports = ImportRules(
            policy: policy,
            standardModules: try StandardModules.names(in: libraries.standardRoots)
        )
        self.names = try PolicyNames(policy: policy, isOpen: self.isOpen)
        self.builtins = unsafe DictionaryObject(unchecked: try PythonReference.dictionary().leak())
        let builtinsModule = try PythonReference.importing("builtins").leak()
        guard let module = ModuleObject(builtinsModule),
            let modules = unsafe BorrowedReference(PyImport_GetModuleDict())
        else { throw PythonException.make(.systemError, "this interpreter has no built-ins") }
        self.realBuiltins = module.namespace
        self.modules = unsafe DictionaryObject(unchecked: modules)
    }

    /// Whether the innermost Python frame belongs to a task.
    var isCalledByTask: Bool {
        unsafe BorrowedReference(PyEval_GetBuiltins()) == self.builtins.object
    }

    /// Whether a namespace belongs to a task. Functions that are defined in such a namespace see the filtered built-ins.
    func isTaskNamespace(_ namespace: BorrowedReference) -> Bool {
        guard namespace.isExactDictionary, let dictionary = DictionaryObject(namespace) else { return false }
        return dictionary[self.names.builtins] == self.builtins.object
    }

    /// The module of that name in `sys.modules`, borrowed; nil if the entry is missing or is not a module.
    func loadedModule(_ name: BorrowedReference) -> ModuleObject? {
        ModuleObject(self.modules[name])
    }

    /// The module of that name in `sys.modules`, borrowed; nil if the entry is missing or is not a module.
    func loadedModule(_ name: borrowing PythonReference) -> ModuleObject? {
        ModuleObject(self.modules.value(for: name))
    }

    /// The module of that name in `sys.modules`, borrowed; nil if the entry is missing or is not a module.
    func loadedModule(_ name: StaticString) -> ModuleObject? {
        ModuleObject(self.modules[name])
    }
}
