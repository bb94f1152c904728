import CPython
import PythonRuntime
import Tasks

/// Fills the dictionary of built-ins of a task's frames. Denied built-ins are left out, and unsafe ones are replaced by
/// guarded versions.
struct TaskBuiltins {
    /// Entries of the `builtins` module that describe the module and are not built-ins.
    private static let moduleAttributes: Set<String> = [
        "__loader__", "__spec__", "__package__", "__name__", "__doc__",
    ]

    private let context: PolicyContext
    private let views: ModuleViews

    init(_ context: PolicyContext, _ views: ModuleViews) {
        self.context = context
        self.views = views
    }

    func fill() throws(PythonException) {
        let denied = Set(self.context.policy.builtinsDeny)
        for (key, value) in self.context.realBuiltins.entries {
            let name = try PythonText.string(key)
            // These values are left out, but not hidden from views: such a value, for example an empty string, may also
            // be a constant of a library.
            if Self.moduleAttributes.contains(name) { continue }
            if denied.contains(name) {
                // A library may keep the built-in under another name, so no view shows it.
                self.views.hide(value)
            } else {
                try self.context.builtins.set(value, for: key)
            }
        }
        if denied.contains("open") {
            unsafe try self.context.builtins.set(PythonFunction.make("open", Self.refusedOpen), for: "open")
        }
        // Only compiled code can use the name, which is not an identifier.
        let star = unsafe try PythonFunction.make("import *", StarImport.function)
        try self.context.builtins.set(star, for: CompiledTask.starImportName)
        // `__import__` is never denied, because `import` statements call it. The module allowlists decide instead.
        unsafe try self.replace("__import__", with: try PythonFunction.make("__import__", ImportGuard.importFunction))
        if !denied.contains("print") { try self.replace("print", with: try PrintFunction.make()) }
        guard !self.context.isOpen else { return }
        for function in AttributeFunctions.all where !denied.contains(function.name.description) {
            unsafe try self.replace(function.name, with: try PythonFunction.make(function.name, function.body))
        }
    }

    /// Replaces a denied `open`. C code of packages looks up the name among the built-ins of the calling frame. If the
    /// name were missing, `numpy.fromfile`, for example, would report an internal error.
    private static let refusedOpen: FastcallFunction = { _, _, _, _ in
        PythonException.setPending(
            .permissionError,
            "not permitted in a task: this opens a file, and the built-in 'open' is denied"
        )
        return nil
    }

    private func replace(_ name: StaticString, with function: consuming PythonReference) throws(PythonException) {
        try self.context.builtins.set(function, for: name)
        if let real = self.context.realBuiltins[name] { self.views.replace(real, with: function) }
    }
}
