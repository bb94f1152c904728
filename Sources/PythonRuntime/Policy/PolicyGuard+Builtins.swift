import CPython
import Tasks

/// The built-ins a task sees.
extension PolicyGuard {
    /// Entries of the `builtins` module that are no built-ins but the module's own wiring.
    private static let wiring: Set<String> = ["__loader__", "__spec__", "__package__", "__name__", "__doc__"]

    /// Copies what is not denied, and puts the guarded forms where there are any.
    func fillBuiltins() throws(PythonException) {
        let denied = Set(self.policy.builtinsDeny).union(Self.wiring)
        var position: Py_ssize_t = 0
        var key: PyPointer?
        var value: PyPointer?
        // Safety: the dictionary is not changed while it is walked; key and value are borrowed from it.
        while unsafe PyDict_Next(self.realBuiltins, &position, &key, &value) != 0 {
            guard let key = unsafe key, let value = unsafe value else { continue }
            guard !denied.contains(unsafe try PythonText.string(key)) else {
                // Nor by another name, as some library kept it.
                unsafe self.views.hides(value)
                continue
            }
            unsafe try checking(PyDict_SetItem(self.builtins, key, value))
        }
        // By name or not, this is what an import statement calls: it cannot be denied.
        unsafe try self.replace("__import__", with: try PythonFunction.make("__import__", Self.importFunction))
        if !denied.contains("print") {
            try self.replace("print", with: try PrintFunction.make())
        }
        guard !self.isOpen else { return }
        for unsafe(name, function) in unsafe Self.attributeFunctions where !denied.contains(name.description) {
            unsafe try self.replace(name, with: try PythonFunction.make(name, function))
        }
    }

    private func replace(_ name: StaticString, with function: consuming PythonReference) throws(PythonException) {
        unsafe try checking(PyDict_SetItemString(self.builtins, name.cString, function.pointer))
        if let real = unsafe PyDict_GetItemString(self.realBuiltins, name.cString) {
            unsafe self.views.replaces(real, with: function)
        }
    }

    /// Runs the body of a C function that needs the guard.
    static func answering(
        _ body: (PolicyGuard) throws(PythonException) -> PythonReference
    ) -> PyPointer? {
        unsafe PythonFunction.answer { () throws(PythonException) in
            guard let current = unsafe Self.current else {
                throw unsafe PythonException.make(CPython_Exc_RuntimeError(), "no policy is installed")
            }
            return try body(current)
        }
    }
}
