import CPython
import PythonRuntime
import Tasks

/// Guards library modules that look up a task-chosen name with a built-in. Inside these modules, a safe function
/// replaces the built-in.
///
/// A module's global lookup finds a name in the module's namespace before the built-ins, so an entry there replaces the
/// built-in in this module only. No view shows the replacements.
final class SafeReplacements {
    /// One replaced built-in.
    @safe
    private struct Replacement {
        let module: StaticString
        let name: StaticString
        let reason: String
        let function: FastcallFunction
    }

    private static let all: [Replacement] = [
        unsafe Replacement(
            module: "typing",
            name: "getattr",
            reason: "get_type_hints asks for the namespace of a function, to evaluate in",
            function: SafeReplacements.namespaceGetattr
        ),
        unsafe Replacement(
            module: "typing",
            name: "globals",
            reason: "a generic alias is rebuilt from whatever its settable name names in this module",
            function: SafeReplacements.typingGlobals
        ),
        unsafe Replacement(
            module: "annotationlib",
            name: "getattr",
            reason: "a forward reference asks for the namespace of its owner, and returns any name of it",
            function: SafeReplacements.namespaceGetattr
        ),
        unsafe Replacement(
            module: "contextlib",
            name: "getattr",
            reason: "the redirection reads the attribute of sys that a settable class attribute names",
            function: SafeReplacements.streamGetattr
        ),
        unsafe Replacement(
            module: "contextlib",
            name: "setattr",
            reason: "the redirection sets the attribute of sys that a settable class attribute names",
            function: SafeReplacements.streamSetattr
        ),
        unsafe Replacement(
            module: "numpy.lib._utils_impl",
            name: "__import__",
            reason: "info imports the module that its argument toplevel names, and keeps the namespace",
            function: ImportGuard.importViewFunction
        ),
        unsafe Replacement(
            module: "numpy.lib.utils",
            name: "__import__",
            reason: "info imports the module that its argument toplevel names, and keeps the namespace",
            function: ImportGuard.importViewFunction
        ),
    ]

    private let context: PolicyContext
    private let views: ModuleViews
    private let getattrHolders: GetattrHolders

    init(_ context: PolicyContext, _ views: ModuleViews, _ lookups: LookupGuard) {
        self.context = context
        self.views = views
        self.getattrHolders = GetattrHolders(context, lookups)
    }

    /// Imports the modules that get replacements. Library code may import such a module during a call, and would then
    /// use it before a replacement is in place.
    func importModules() throws(PythonException) {
        let policy = self.context.policy
        guard !policy.standardLibraryAllow.isEmpty || !policy.externalAllow.isEmpty else { return }
        for module: StaticString in ["annotationlib", "codecs", "contextlib", "enum", "typing", "warnings"]
        where self.context.imports.isStandard(module.description) {
            _ = try PythonReference.importing(module)
        }
    }

    /// Stores the replacements in loaded modules that do not have them yet.
    func place() throws(PythonException) {
        for replacement in Self.all {
            guard let namespace = self.context.loadedModule(replacement.module)?.namespace,
                namespace[replacement.name] == nil
            else { continue }
            let function = unsafe try PythonFunction.make(replacement.name, replacement.function)
            try namespace.set(function, for: replacement.name)
            unsafe self.views.hide(function.borrowed)
        }
        try self.getattrHolders.replace()
    }

    // MARK: Functions

    private static let namespaceGetattr: FastcallFunction = { _, arguments, count, keywords in
        PolicyGuard.answering { (policy) throws(PythonException) in
            let given = unsafe try CallArguments(arguments, count, keywords, of: "getattr", 2...3)
            // The namespace is filtered here and not where it is evaluated, because a task can replace the methods that
            // are called in between.
            if let function = FunctionObject(given[0]), PythonText.equals(given[1], "__globals__"),
                let globals = function.globals, !policy.evaluators.isWithinImport
            {
                return try policy.evaluators.namespaceToPass(for: globals)
            }
            if let module = ModuleObject(given[0]), PythonText.equals(given[1], "__dict__"),
                !policy.evaluators.isWithinImport
            {
                return try policy.evaluators.namespaceToPass(for: module.namespace.object)
            }
            return try SafeReplacements.plainGetattr(given, count)
        }
    }

    private static func plainGetattr(_ given: CallArguments, _ count: Int) throws(PythonException) -> PythonReference {
        do {
            return try given[0].attribute(given[1])
        } catch {
            guard count == 3, error.matches(.attributeError) else { throw error }
            return given[2].owned
        }
    }

    private static let typingGlobals: FastcallFunction = { _, _, _, _ in
        PolicyGuard.answering { (policy) throws(PythonException) in
            let typing = try PythonReference.importing("typing")
            guard let module = unsafe ModuleObject(typing.borrowed) else {
                throw PythonException.make(.systemError, "typing is not a module")
            }
            return try policy.views.view(of: module, as: "typing").namespace.object.owned
        }
    }

    private static let streamGetattr: FastcallFunction = { _, arguments, count, keywords in
        PolicyGuard.answering { (policy) throws(PythonException) in
            let given = unsafe try CallArguments(arguments, count, keywords, of: "getattr", 2...3)
            try policy.replacements.checkStream(given)
            return try SafeReplacements.plainGetattr(given, count)
        }
    }

    private static let streamSetattr: FastcallFunction = { _, arguments, count, keywords in
        PolicyGuard.answering { (policy) throws(PythonException) in
            let given = unsafe try CallArguments(arguments, count, keywords, of: "setattr", 3...3)
            try policy.replacements.checkStream(given)
            try given[0].setAttribute(given[1], given[2])
            return .none
        }
    }

    /// Refuses attributes of `sys` other than `stdout` and `stderr`; any other receiver is permitted.
    private func checkStream(_ given: CallArguments) throws(PythonException) {
        guard given[0] == self.context.modules["sys"] else { return }
        guard given[1].isExactString,
            PythonText.equals(given[1], "stdout") || PythonText.equals(given[1], "stderr")
        else { throw PythonException.make(.attributeError, "only stdout and stderr can be redirected") }
    }
}
