import CPython
import Tasks

/// `import` as a task's frames do it.
///
/// The function lives in the task's built-ins alone, so library code goes on importing what it likes.
extension PolicyGuard {
    /// `__import__(name, globals, locals, fromlist, level)`.
    static let importFunction: FastcallFunction = { _, arguments, count, keywords in
        unsafe PolicyGuard.answering { (policy) throws(PythonException) in
            let call = unsafe try ImportCall(arguments, count, keywords)
            return try policy.importing(call)
        }
    }

    /// `importlib.import_module(name, package=None)`.
    static let importModuleFunction: FastcallFunction = { _, arguments, count, keywords in
        unsafe PolicyGuard.answering { (policy) throws(PythonException) in
            let given = unsafe try Arguments(arguments, count, keywords, of: "import_module", 1...2)
            let name = unsafe try PythonText.exact(given[0])
            return unsafe PythonReference(borrowing: try policy.importWhole(try PythonText.string(name.pointer)).tail)
        }
    }

    /// `__getattr__` of a module that has one; the receiver is its name.
    static let moduleAttributeFunction: FastcallFunction = { receiver, arguments, count, keywords in
        unsafe PolicyGuard.answering { (policy) throws(PythonException) in
            let given = unsafe try Arguments(arguments, count, keywords, of: "__getattr__", 1...1)
            let attribute = unsafe try PythonText.exact(given[0])
            guard let receiver = unsafe receiver, let real = unsafe policy.loadedModule(receiver) else {
                throw policy.missing(attribute, in: "module")
            }
            let name = unsafe try PythonText.string(receiver)
            guard let value = try policy.dynamicAttribute(attribute, of: real, named: name) else {
                throw policy.missing(attribute, in: name)
            }
            return value
        }
    }

    private func importing(_ call: ImportCall) throws(PythonException) -> PythonReference {
        guard call.level == 0 else {
            throw self.importError("relative imports are not possible: a task is no package", name: nil)
        }
        let exact = unsafe try PythonText.exact(call.name)
        let name = unsafe try PythonText.string(exact.pointer)
        if self.isOpen { return unsafe try self.importReal(exact.pointer, name, fromList: call.fromList) }
        // Only C code asks with a list (PyImport_Import); it takes the module from sys.modules and drops our answer.
        if let list = unsafe call.fromList, unsafe CPython_List_Check(list) != 0 {
            return unsafe try self.importForLibrary(exact.pointer, name)
        }
        let whole = unsafe try self.importWhole(name)
        guard let list = unsafe call.fromList, unsafe CPython_Tuple_Check(list) != 0,
            unsafe CPython_Tuple_GET_SIZE(list) > 0
        else {
            return unsafe PythonReference(borrowing: whole.top)
        }
        for index in unsafe 0..<CPython_Tuple_GET_SIZE(list) {
            let attribute = unsafe try PythonText.exact(CPython_Tuple_GET_ITEM(list, index))
            unsafe try self.provide(attribute, from: name, view: whole.tail)
        }
        return unsafe PythonReference(borrowing: whole.tail)
    }

    /// Where the whole standard library is allowed, modules are the real ones.
    private func importReal(
        _ pointer: PyPointer,
        _ name: String,
        fromList: PyPointer?
    ) throws(PythonException) -> PythonReference {
        guard name == "__future__" || self.imports.verdict(on: name) != .refused else {
            throw self.importError(self.imports.refusal(of: name), name: name)
        }
        guard let module = unsafe PyImport_ImportModuleLevelObject(pointer, nil, nil, fromList, 0) else {
            throw self.explained(PythonException.takePending(), importing: name)
        }
        return unsafe PythonReference(owning: module)
    }

    private func importForLibrary(_ pointer: PyPointer, _ name: String) throws(PythonException) -> PythonReference {
        if unsafe PyDict_GetItem(self.modules, pointer) != nil { return .none }
        guard self.imports.verdict(on: name) == .allowed || ModuleViewRules.companions.contains(name) else {
            throw self.importError(self.imports.refusal(of: name), name: name)
        }
        _ = unsafe try PythonReference(checking: PyImport_ImportModuleLevelObject(pointer, nil, nil, nil, 0))
        try self.placeStandIns()
        return .none
    }

    /// Imports a module and brings the views of it and of the packages around it up to date.
    ///
    /// - Returns: The views of the outermost package and of the module itself. Borrowed.
    func importWhole(_ name: String) throws(PythonException) -> (top: PyPointer, tail: PyPointer) {
        guard name == "__future__" || self.imports.verdict(on: name) != .refused else {
            throw self.importError(self.imports.refusal(of: name), name: name)
        }
        let text = try PythonText.make(name)
        if unsafe PyDict_GetItem(self.modules, text.pointer) == nil {
            guard let module = unsafe PyImport_ImportModuleLevelObject(text.pointer, nil, nil, nil, 0) else {
                throw self.explained(PythonException.takePending(), importing: name)
            }
            unsafe CPython_DECREF(module)
            // What was loaded with it may need stand-ins, before the task can call any of it.
            try self.placeStandIns()
        }
        var top: PyPointer?
        var tail: PyPointer?
        var prefix = ""
        for part in name.split(separator: ".", omittingEmptySubsequences: false) {
            let parent = unsafe tail
            prefix += prefix.isEmpty ? String(part) : "." + part
            let key = try PythonText.make(prefix)
            guard let module = unsafe PyDict_GetItem(self.modules, key.pointer),
                unsafe CPython_Module_Check(module) != 0
            else {
                throw self.importError("'\(prefix)' is no module", name: name)
            }
            let view = unsafe try self.views.view(of: module, as: prefix, self)
            if let parent = unsafe parent {
                unsafe try checking(PyDict_SetItemString(PyModule_GetDict(parent), String(part), view))
            }
            unsafe top = unsafe top ?? view
            unsafe tail = unsafe view
        }
        guard let top = unsafe top, let tail = unsafe tail else {
            throw self.importError("empty module name", name: name)
        }
        return unsafe (top, tail)
    }

    /// Sees to it that `from NAME import ATTRIBUTE` finds the attribute in the view, or raises.
    ///
    /// Left to itself the instruction would look for `sys.modules["NAME.ATTRIBUTE"]` next: the real module.
    private func provide(
        _ attribute: borrowing PythonReference,
        from name: String,
        view: PyPointer
    ) throws(PythonException) {
        let text = unsafe try PythonText.string(attribute.pointer)
        let dictionary = unsafe PyModule_GetDict(view)
        guard text != "*", unsafe PyDict_GetItem(dictionary, attribute.pointer) == nil else { return }
        let key = try PythonText.make(name)
        guard let real = unsafe self.loadedModule(key.pointer) else {
            throw self.importError("cannot import name '\(text)' from '\(name)'", name: name)
        }
        if unsafe PyDict_GetItem(PyModule_GetDict(real.pointer), self.names.path) != nil,
            self.imports.verdict(on: name + "." + text) != .refused
        {
            do throws(PythonException) {
                _ = unsafe try self.importWhole(name + "." + text)
            } catch  where unsafe error.matches(CPython_Exc_ModuleNotFoundError()) {
                // Then it may be an attribute that the package makes on demand.
            }
            guard unsafe PyDict_GetItem(dictionary, attribute.pointer) == nil else { return }
        }
        if let value = try self.dynamicAttribute(attribute, of: real, named: name) {
            unsafe try checking(PyDict_SetItem(dictionary, attribute.pointer, value.pointer))
            return
        }
        let isHidden = unsafe PyDict_GetItem(PyModule_GetDict(real.pointer), attribute.pointer) != nil
        throw self.importError(
            "cannot import name '\(text)' from '\(name)'"
                + (isHidden ? ": it is not part of what tasks see of this module" : ""),
            name: name
        )
    }

    /// The module of that name in `sys.modules`, if that is a module. Owned: an import, or the module's own `__getattr__`,
    /// may put something else there.
    private func loadedModule(_ name: PyPointer) -> PythonReference? {
        guard let module = unsafe PyDict_GetItem(self.modules, name), unsafe CPython_Module_Check(module) != 0 else {
            return nil
        }
        return unsafe PythonReference(borrowing: module)
    }

    /// What a module's own `__getattr__` answers, if it has one and a task may see the answer.
    private func dynamicAttribute(
        _ attribute: borrowing PythonReference,
        of real: borrowing PythonReference,
        named name: String
    ) throws(PythonException) -> PythonReference? {
        guard self.imports.verdict(on: name) == .allowed,
            unsafe !self.names.isRefused(attribute: attribute.pointer),
            unsafe ModuleViewRules.withheld[name]?.contains(try PythonText.string(attribute.pointer)) != true,
            unsafe PyDict_GetItem(PyModule_GetDict(real.pointer), attribute.pointer) == nil,
            let borrowed = unsafe PyDict_GetItem(PyModule_GetDict(real.pointer), self.names.getattr)
        else { return nil }
        // Owned: the function may take itself out of the module.
        let function = unsafe PythonReference(borrowing: borrowed)
        guard let answer = unsafe PyObject_CallOneArg(function.pointer, attribute.pointer) else {
            guard unsafe PyErr_ExceptionMatches(CPython_Exc_AttributeError()) != 0 else {
                throw PythonException.takePending()
            }
            PyErr_Clear()
            return nil
        }
        let value = unsafe PythonReference(owning: answer)
        guard unsafe CPython_Module_Check(value.pointer) != 0 else {
            return unsafe try self.views.admitted(value.pointer, self).map { unsafe PythonReference(borrowing: $0) }
        }
        return unsafe try self.views.visible(value.pointer, self).map { unsafe PythonReference(borrowing: $0) }
    }

    private func missing(_ attribute: borrowing PythonReference, in module: String) -> PythonException {
        let text = unsafe (try? PythonText.string(attribute.pointer)) ?? "?"
        return unsafe PythonException.make(
            CPython_Exc_AttributeError(),
            "module '\(module)' has no attribute '\(text)'"
        )
    }

    /// An ImportError; one that carries the module's name, as Python's own do.
    func importError(_ message: String, name: String?, missing: Bool = false) -> PythonException {
        do throws(PythonException) {
            let text = try PythonText.make(message)
            let title = try name.map { (name) throws(PythonException) in try PythonText.make(name) } ?? .none
            unsafe PyErr_SetImportErrorSubclass(
                missing ? CPython_Exc_ModuleNotFoundError() : CPython_Exc_ImportError(),
                text.pointer,
                title.pointer,
                CPython_None()
            )
            return PythonException.takePending()
        } catch {
            return error
        }
    }

    /// Says of a module that is allowed but not there that it is not installed.
    private func explained(_ exception: PythonException, importing name: String) -> PythonException {
        let top = String(name.prefix { $0 != "." })
        guard unsafe exception.matches(CPython_Exc_ModuleNotFoundError()),
            let missing = unsafe PyObject_GetAttrString(exception.pointer, "name")
        else {
            PyErr_Clear()
            return exception
        }
        let missingName = unsafe PythonReference(owning: missing)
        guard unsafe (try? PythonText.string(missingName.pointer)) == top else { return exception }
        let list = self.imports.list(for: name)
        let remedy =
            !self.imports.isStandard(name)
            ? "an administrator can install it into a folder of TERRARIUM_SITE_PACKAGES"
            : "this Python was built without it"
        return self.importError(
            "No module named '\(top)': \(list.setting) allows it, but it is not installed; \(remedy)",
            name: top,
            missing: true
        )
    }
}

/// The arguments of `__import__`, positional or by name.
@safe
private struct ImportCall {
    /// As given: no `str` for sure. Borrowed from the call.
    let name: PyPointer
    /// Borrowed from the call.
    let fromList: PyPointer?
    let level: Int

    init(
        _ arguments: UnsafePointer<PyPointer?>?,
        _ count: Py_ssize_t,
        _ keywords: PyPointer?
    ) throws(PythonException) {
        var values: [PyPointer?] = unsafe [nil, nil, nil, nil, nil]
        guard count <= 5 else {
            throw unsafe PythonException.make(CPython_Exc_TypeError(), "__import__() takes at most 5 arguments")
        }
        for index in 0..<count {
            unsafe values[index] = unsafe arguments?[index]
        }
        let named = unsafe keywords.map { unsafe CPython_Tuple_GET_SIZE($0) } ?? 0
        for index in 0..<named {
            guard let keywords = unsafe keywords else { break }
            let keyword = unsafe CPython_Tuple_GET_ITEM(keywords, index)
            let names: [StaticString] = ["name", "globals", "locals", "fromlist", "level"]
            guard let position = names.firstIndex(where: { unsafe PythonText.equals(keyword, $0) }) else {
                throw unsafe PythonException.make(
                    CPython_Exc_TypeError(),
                    "__import__() got an unexpected keyword argument"
                )
            }
            unsafe values[position] = unsafe arguments?[count + index]
        }
        guard let name = unsafe values[0] else {
            throw unsafe PythonException.make(CPython_Exc_TypeError(), "__import__() missing required argument 'name'")
        }
        unsafe self.name = unsafe name
        unsafe self.fromList = unsafe values[3] == CPython_None() ? nil : values[3]
        var level = 0
        if let given = unsafe values[4] {
            level = unsafe PyLong_AsLong(given)
            if level == -1, unsafe PyErr_Occurred() != nil { throw PythonException.takePending() }
        }
        self.level = level
    }
}
