import CPython

/// Filtered snapshots of modules: what a task gets when it imports one.
///
/// A view is an exact module object whose dictionary holds copies of the allowed entries. There is nothing behind it: no
/// attribute, exception or frame of it leads to the real module. What a task writes to it stays in it.
@safe
final class ModuleViews {
    @safe
    private struct Entry {
        /// Owned; lives as long as the process.
        let view: PyPointer
        /// How many entries the real module had when the view was last filled.
        var seen: Py_ssize_t
        let name: String
    }

    /// By real module.
    private var entries = IdentityTable<Entry>()
    /// Real built-ins that have a guarded form, by which a view shows them instead. The forms are owned as well.
    private var replacements = unsafe IdentityTable<PyPointer>()
    /// What no view shows: denied built-ins, and stand-ins, which are for library code alone.
    private var hidden = IdentityTable<Void>()
    /// The names of `ModuleViewRules.confined`, as a Python set.
    private let confined: PyPointer

    init() throws(PythonException) {
        let confined = unsafe try PythonReference(checking: PySet_New(nil))
        for module in ModuleViewRules.confined {
            let name = try PythonText.interned(module.name)
            unsafe try checking(PySet_Add(confined.pointer, name.pointer))
        }
        unsafe self.confined = unsafe confined.release()
    }

    /// Notes that no view must show a value.
    func hides(_ value: PyPointer) {
        unsafe self.hidden.set((), for: value)
    }

    /// Notes that views must show `guarded` where the module has `real`.
    func replaces(_ real: PyPointer, with guarded: consuming PythonReference) {
        unsafe self.replacements.set(guarded.release(), for: real)
    }

    /// The view of a real module. Borrowed; made on first use, and brought up to date on every one.
    ///
    /// - Parameters:
    ///   - module: The real module.
    ///   - name: The name under which the lists allow it.
    ///   - policy: The rules that decide what the view shows.
    /// - Returns: The view.
    /// - Throws: What CPython raised, such as a `MemoryError`.
    func view(of module: PyPointer, as name: String, _ policy: PolicyGuard) throws(PythonException) -> PyPointer {
        guard let real = unsafe PyModule_GetDict(module) else { throw PythonException.takePending() }
        let size = unsafe PyDict_Size(real)
        if var entry = unsafe self.entries[module] {
            guard entry.seen != size else { return unsafe entry.view }
            entry.seen = size
            unsafe self.entries.set(entry, for: module)
            unsafe try self.fill(entry.view, from: real, as: entry.name, policy)
            return unsafe entry.view
        }
        let title = try PythonText.make(name)
        let view = unsafe try PythonReference(checking: PyModule_NewObject(title.pointer))
        let pointer = unsafe view.release()
        // Before it is filled: packages and their parts refer to each other.
        unsafe self.entries.set(Entry(view: pointer, seen: size, name: name), for: module)
        unsafe try self.clearWiring(of: pointer)
        unsafe try self.fill(pointer, from: real, as: name, policy)
        if policy.imports.verdict(on: name) == .allowed, unsafe PyDict_GetItem(real, policy.names.getattr) != nil {
            let function = unsafe try PythonFunction.make(
                "__getattr__",
                receiver: title.pointer,
                PolicyGuard.moduleAttributeFunction
            )
            unsafe try checking(PyDict_SetItemString(PyModule_GetDict(pointer), "__getattr__", function.pointer))
        }
        return unsafe pointer
    }

    /// The view that was made of the module with this namespace, if any. Borrowed.
    func viewDictionary(ofModuleWith namespace: PyPointer) -> PyPointer? {
        let entry = unsafe self.entries.first { module in unsafe PyModule_GetDict(module) == namespace }
        return unsafe entry.flatMap { unsafe PyModule_GetDict($0.view) }
    }

    /// Makes the views of every loaded module that is allowed, so that workers share them.
    func buildLoaded(_ policy: PolicyGuard) throws(PythonException) {
        // A copy: making views loads nothing, but another walk over a dictionary that might change is no risk to take.
        let loaded = unsafe try PythonReference(checking: PyDict_Copy(policy.modules))
        var position: Py_ssize_t = 0
        var key: PyPointer?
        var value: PyPointer?
        while unsafe PyDict_Next(loaded.pointer, &position, &key, &value) != 0 {
            guard let key = unsafe key, let value = unsafe value, unsafe CPython_Unicode_CheckExact(key) != 0,
                unsafe CPython_Module_Check(value) != 0
            else {
                continue
            }
            let name = unsafe try PythonText.string(key)
            guard policy.imports.verdict(on: name) == .allowed else { continue }
            _ = unsafe try self.view(of: value, as: name, policy)
        }
    }

    private func clearWiring(of view: PyPointer) throws(PythonException) {
        let dictionary = unsafe PyModule_GetDict(view)
        for name: StaticString in ["__loader__", "__spec__", "__package__", "__doc__"] {
            if unsafe PyDict_GetItemString(dictionary, name.cString) != nil {
                unsafe try checking(PyDict_DelItemString(dictionary, name.cString))
            }
        }
    }

    private func fill(
        _ view: PyPointer,
        from real: PyPointer,
        as name: String,
        _ policy: PolicyGuard
    ) throws(PythonException) {
        guard let target = unsafe PyModule_GetDict(view) else { throw PythonException.takePending() }
        let isWhole = policy.imports.verdict(on: name) == .allowed
        let withheld = policy.isOpen ? nil : ModuleViewRules.withheld[name]
        let isStandard = policy.imports.isStandard(name)
        let kept = ModuleViewRules.keptPrivateNames[name]
        var position: Py_ssize_t = 0
        var key: PyPointer?
        var value: PyPointer?
        // Safety: PyDict_Next checks its position against the present table, and both objects are owned while in use:
        // making a view allocates, and what the collector then finalises may change the real module.
        while unsafe PyDict_Next(real, &position, &key, &value) != 0 {
            guard let borrowedKey = unsafe key, let borrowedValue = unsafe value,
                unsafe CPython_Unicode_CheckExact(borrowedKey) != 0, unsafe PyDict_Contains(target, borrowedKey) == 0
            else { continue }
            let ownedKey = unsafe PythonReference(borrowing: borrowedKey)
            let ownedValue = unsafe PythonReference(borrowing: borrowedValue)
            let (key, value) = unsafe (ownedKey.pointer, ownedValue.pointer)
            if unsafe CPython_Module_Check(value) != 0 {
                if let child = unsafe try self.child(value, under: key, of: name, policy),
                    unsafe try withheld?.contains(PythonText.string(key)) != true
                {
                    unsafe try checking(PyDict_SetItem(target, key, child))
                }
                continue
            }
            guard isWhole else { continue }
            if unsafe CPython_Unicode_LENGTH(key) > 0, unsafe CPython_Unicode_READ(key, 0) == 0x5F {
                let text = unsafe try PythonText.string(key)
                if text.hasPrefix("__"), text.hasSuffix("__") {
                    guard ["__doc__", "__version__", "__all__"].contains(text) else { continue }
                } else if isStandard, !policy.isOpen, kept?.contains(text) != true {
                    continue
                }
            }
            if let withheld, unsafe withheld.contains(try PythonText.string(key)) { continue }
            if let functions = ModuleViewRules.importFunctions[name],
                unsafe functions.contains(try PythonText.string(key))
            {
                let function = unsafe try PythonFunction.make("import_module", PolicyGuard.importModuleFunction)
                unsafe try checking(PyDict_SetItem(target, key, function.pointer))
                continue
            }
            guard let admitted = unsafe try self.admitted(value, policy) else { continue }
            unsafe try checking(PyDict_SetItem(target, key, admitted))
        }
        if let all = unsafe PyDict_GetItemString(target, "__all__") {
            unsafe try self.trim(all, of: target)
        }
    }

    /// Leaves out of `__all__` what the view does not have, so that nothing refers to it.
    private func trim(_ all: PyPointer, of target: PyPointer) throws(PythonException) {
        let names = unsafe try PythonReference(checking: PySequence_List(all))
        let kept = try PythonReference.list()
        for index in unsafe 0..<CPython_List_GET_SIZE(names.pointer) {
            let name = unsafe CPython_List_GET_ITEM(names.pointer, index)
            guard unsafe CPython_Unicode_CheckExact(name) != 0, unsafe PyDict_Contains(target, name) == 1 else {
                continue
            }
            unsafe try checking(PyList_Append(kept.pointer, name))
        }
        unsafe try checking(PyDict_SetItemString(target, "__all__", kept.pointer))
    }

    /// The view of a module that is an attribute of another, if the lists allow it.
    private func child(
        _ module: PyPointer,
        under key: PyPointer,
        of parent: String,
        _ policy: PolicyGuard
    ) throws(PythonException) -> PyPointer? {
        let dotted = unsafe parent + "." + (try PythonText.string(key))
        if policy.imports.verdict(on: dotted) != .refused {
            let title = try PythonText.make(dotted)
            if unsafe PyDict_GetItem(policy.modules, title.pointer) == module {
                return unsafe try self.view(of: module, as: dotted, policy)
            }
        }
        return unsafe try self.visible(module, policy)
    }

    /// The view of a module that a task may import by the name it has. Borrowed.
    func visible(_ module: PyPointer, _ policy: PolicyGuard) throws(PythonException) -> PyPointer? {
        guard let namespace = unsafe PyModule_GetDict(module),
            let given = unsafe PyDict_GetItem(namespace, policy.names.name),
            unsafe CPython_Unicode_CheckExact(given) != 0, unsafe PyDict_GetItem(policy.modules, given) == module
        else { return nil }
        let name = unsafe try PythonText.string(given)
        guard policy.imports.verdict(on: name) == .allowed else { return nil }
        return unsafe try self.view(of: module, as: name, policy)
    }

    /// What a view shows for a value of the real module: the value, its guarded form, or nothing. Borrowed.
    func admitted(_ value: PyPointer, _ policy: PolicyGuard) throws(PythonException) -> PyPointer? {
        guard !policy.isOpen else { return unsafe value }
        guard unsafe self.hidden[value] == nil else { return nil }
        if let replacement = unsafe self.replacements[value] { return unsafe replacement }
        guard unsafe !policy.importsByName(value) else { return nil }
        guard unsafe value != policy.modules, let origin = unsafe try self.origin(of: value, policy) else {
            return unsafe value == policy.modules ? nil : value
        }
        guard unsafe CPython_Unicode_Check(origin.pointer) != 0,
            unsafe PySet_Contains(self.confined, origin.pointer) == 1
        else {
            return unsafe value
        }
        let name = unsafe try PythonText.string(origin.pointer)
        if name == "builtins" {
            // Built-in classes and functions that the task has anyway are no secret; the denied ones are.
            return unsafe self.isAmongBuiltins(value, policy) ? value : nil
        }
        // The locks and thread-local values of a library, which lead nowhere.
        if name == "_thread", unsafe CPython_Type_Check(value) == 0, unsafe CPython_CFunction_Check(value) == 0 {
            return unsafe value
        }
        let publicName = Self.publicNames[name] ?? name
        return unsafe policy.imports.verdict(on: publicName) == .allowed ? value : nil
    }

    /// The module that allows what an implementation module defines.
    private static let publicNames = [
        "posix": "os", "posixpath": "os", "genericpath": "os", "_io": "io", "_socket": "socket", "_thread": "threading",
        "_pickle": "pickle", "_ctypes": "ctypes", "_signal": "signal", "_imp": "importlib",
        "_frozen_importlib": "importlib", "_frozen_importlib_external": "importlib", "_posixsubprocess": "subprocess",
    ]

    private func isAmongBuiltins(_ value: PyPointer, _ policy: PolicyGuard) -> Bool {
        var position: Py_ssize_t = 0
        var real: PyPointer?
        var key: PyPointer?
        while unsafe PyDict_Next(policy.realBuiltins, &position, &key, &real) != 0 {
            guard let key = unsafe key, unsafe real == value else { continue }
            return unsafe PyDict_GetItem(policy.builtins, key) == value
        }
        // A class of the interpreter that no name reaches, such as that of functions.
        return unsafe CPython_Type_Check(value) != 0 || CPython_CFunction_Check(value) == 0
    }

    /// The name of the module that defined a value, or the class of a value.
    private func origin(of value: PyPointer, _ policy: PolicyGuard) throws(PythonException) -> PythonReference? {
        if unsafe CPython_CFunction_Check(value) != 0 {
            guard let receiver = unsafe PyCFunction_GetSelf(value), unsafe CPython_Module_Check(receiver) != 0 else {
                return nil
            }
            return unsafe PyDict_GetItem(PyModule_GetDict(receiver), policy.names.name).map {
                unsafe PythonReference(borrowing: $0)
            }
        }
        if unsafe CPython_Function_Check(value) != 0 {
            guard let namespace = unsafe PyFunction_GetGlobals(value) else { return nil }
            return unsafe PyDict_GetItem(namespace, policy.names.name).map { unsafe PythonReference(borrowing: $0) }
        }
        let type =
            unsafe CPython_Type_Check(value) != 0
            ? UnsafeMutableRawPointer(value).assumingMemoryBound(to: PyTypeObject.self) : CPython_TYPE(value)
        if let dictionary = unsafe type.pointee.tp_dict,
            let module = unsafe PyDict_GetItem(dictionary, policy.names.module),
            unsafe CPython_Unicode_Check(module) != 0
        {
            return unsafe PythonReference(borrowing: module)
        }
        // A static type carries its module in front of its name.
        let name = unsafe String(cString: type.pointee.tp_name)
        guard let dot = name.lastIndex(of: ".") else { return nil }
        return try PythonText.make(String(name[..<dot]))
    }
}
