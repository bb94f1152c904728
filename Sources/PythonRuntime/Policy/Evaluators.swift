import CPython

/// `eval` and `exec` as library code has them.
///
/// What library code runs as text may be of a task's choosing: an annotation, the name of a field, an argument. CPython
/// runs it with the built-ins of whoever runs it, the interpreter's own; here it gets a task's, and of the namespaces
/// that it is given what a task may see.
extension PolicyGuard {
    /// The functions that ours stand in for. Owned.
    // Safety: written once, before the first task, by the only thread there is then.
    nonisolated(unsafe) private static var originals: (eval: PyPointer?, exec: PyPointer?)

    func guardEvaluators() throws(PythonException) {
        unsafe Self.originals.eval = unsafe try self.swapBuiltin("eval") { _, arguments, count, keywords in
            unsafe PolicyGuard.answering { (policy) throws(PythonException) in
                unsafe try policy.evaluate(PolicyGuard.originals.eval, arguments, count, keywords, fills: false)
            }
        }
        unsafe Self.originals.exec = unsafe try self.swapBuiltin("exec") { _, arguments, count, keywords in
            unsafe PolicyGuard.answering { (policy) throws(PythonException) in
                unsafe try policy.evaluate(PolicyGuard.originals.exec, arguments, count, keywords, fills: true)
            }
        }
    }

    /// Puts a function of ours behind a built-in, in place, so that a reference somebody took before is guarded too.
    ///
    /// - Returns: A function object that is what the built-in was. Owned.
    private func swapBuiltin(_ name: StaticString, _ function: FastcallFunction) throws(PythonException) -> PyPointer {
        guard let builtin = unsafe PyDict_GetItemString(self.realBuiltins, name.cString),
            unsafe CPython_CFunction_Check(builtin) != 0
        else {
            throw unsafe PythonException.make(CPython_Exc_SystemError(), "this interpreter has no built-in \(name)")
        }
        let object = unsafe UnsafeMutableRawPointer(builtin).assumingMemoryBound(to: PyCFunctionObject.self)
        let original = unsafe try PythonReference(
            checking: PyCMethod_New(object.pointee.m_ml, object.pointee.m_self, nil, nil)
        )
        let guarded = unsafe try PythonFunction.make(name, function)
        let replacement = unsafe UnsafeMutableRawPointer(guarded.pointer).assumingMemoryBound(
            to: PyCFunctionObject.self
        )
        // Safety: the two belong together, and the definition lives as long as the process.
        unsafe object.pointee.m_ml = unsafe replacement.pointee.m_ml
        unsafe object.pointee.vectorcall = unsafe replacement.pointee.vectorcall
        return unsafe original.release()
    }

    /// Calls the original with the namespaces that the text may have.
    private func evaluate(
        _ original: PyPointer?,
        _ arguments: UnsafePointer<PyPointer?>?,
        _ count: Py_ssize_t,
        _ keywords: PyPointer?,
        fills: Bool
    ) throws(PythonException) -> PythonReference {
        guard let original = unsafe original else { return .none }
        let given = unsafe (globals: Self.given(arguments, 1, count), locals: Self.given(arguments, 2, count))
        // Where the operator let tasks have them, what they run has their built-ins anyway.
        guard !self.isCalledByTask, let source = unsafe count > 0 ? arguments?[0] : nil,
            unsafe CPython_Code_Check(source) == 0 || self.callers.origin(of: source) == nil,
            let own = CallingFrame()?.globals, count <= 3,
            unsafe !self.isImporting(namespace: given.globals ?? own.pointer, orItself: true)
        else {
            return unsafe try PythonReference(
                checking: PyObject_Vectorcall(original, arguments, Int(count), keywords)
            )
        }
        let globals = unsafe try TextNamespace(
            given.globals ?? own.pointer,
            fills && given.locals == nil ? .filled : .read,
            self
        )
        guard let locals = unsafe given.locals ?? (given.globals == nil ? PyEval_GetLocals() : nil) else {
            var changed: [PyPointer?] = unsafe [source, globals.seen.pointer]
            let result = unsafe try PythonReference(checking: PyObject_Vectorcall(original, &changed, 2, keywords))
            try globals.writeBack()
            return result
        }
        let inner = unsafe try TextNamespace(locals, .local, self)
        var changed: [PyPointer?] = unsafe [source, globals.seen.pointer, inner.seen.pointer]
        let result = unsafe try PythonReference(checking: PyObject_Vectorcall(original, &changed, 3, keywords))
        try inner.writeBack()
        return result
    }

    private static func given(
        _ arguments: UnsafePointer<PyPointer?>?,
        _ index: Int,
        _ count: Py_ssize_t
    ) -> PyPointer? {
        guard index < count, let value = unsafe arguments?[index], unsafe value != CPython_None() else { return nil }
        return unsafe value
    }

    // MARK: Namespaces

    /// A namespace to evaluate text in: the given one if it is the task's, what the task sees of it if it is a
    /// module's, and a copy with the filtered built-ins otherwise.
    func evaluationNamespace(_ given: PyPointer) throws(PythonException) -> PythonReference {
        guard unsafe CPython_Dict_Check(given) != 0 else {
            // Locals may be any mapping of the task's own.
            return unsafe PythonReference(borrowing: given)
        }
        // A library that ran text in a namespace may have put more into it since.
        if unsafe self.isTaskNamespace(given), unsafe try self.isPlain(given) {
            return unsafe PythonReference(borrowing: given)
        }
        let copy = try PythonReference.dictionary()
        if unsafe self.isModuleNamespace(given) {
            if let view = unsafe self.views.viewDictionary(ofModuleWith: given) {
                unsafe try checking(PyDict_Update(copy.pointer, view))
            }
        } else {
            unsafe try self.copyWhatIsVisible(of: given, into: copy.pointer)
        }
        unsafe try checking(PyDict_SetItem(copy.pointer, self.names.builtins, self.builtins))
        return copy
    }

    private func copyWhatIsVisible(of given: PyPointer, into copy: PyPointer) throws(PythonException) {
        var position: Py_ssize_t = 0
        var key: PyPointer?
        var value: PyPointer?
        // Safety: PyDict_Next checks its position against the present table, and both objects are owned while in use:
        // making a view allocates, and what the collector then finalises may change the dictionary.
        while unsafe PyDict_Next(given, &position, &key, &value) != 0 {
            guard let key = unsafe key, let value = unsafe value, unsafe CPython_Unicode_CheckExact(key) != 0 else {
                continue
            }
            let name = unsafe PythonReference(borrowing: key)
            let owned = unsafe PythonReference(borrowing: value)
            guard let visible = unsafe try self.visible(owned.pointer) else { continue }
            unsafe try checking(PyDict_SetItem(copy, name.pointer, visible))
        }
    }

    /// What a task may see in place of a value that library code holds. Borrowed.
    private func visible(_ value: PyPointer) throws(PythonException) -> PyPointer? {
        guard unsafe value != self.realBuiltins else { return nil }
        return unsafe self.isRealModule(value)
            ? try self.views.visible(value, self) : try self.views.admitted(value, self)
    }

    /// Whether a dictionary is no module's, and holds nothing that a task must not see.
    fileprivate func isPlain(_ dictionary: PyPointer) throws(PythonException) -> Bool {
        guard unsafe !self.isModuleNamespace(dictionary) else { return false }
        var position: Py_ssize_t = 0
        var value: PyPointer?
        while unsafe PyDict_Next(dictionary, &position, nil, &value) != 0 {
            guard let value = unsafe value, unsafe try self.visible(value) == value else { return false }
        }
        return true
    }

    /// Whether an object is one of the interpreter's own modules, and no view.
    private func isRealModule(_ object: PyPointer) -> Bool {
        guard unsafe CPython_Module_Check(object) != 0 else { return false }
        guard let namespace = unsafe PyModule_GetDict(object) else { return true }
        return unsafe self.isModuleNamespace(namespace)
    }

    fileprivate func isModuleNamespace(_ dictionary: PyPointer) -> Bool {
        var position: Py_ssize_t = 0
        var module: PyPointer?
        while unsafe PyDict_Next(self.modules, &position, nil, &module) != 0 {
            guard let module = unsafe module, unsafe CPython_Module_Check(module) != 0 else { continue }
            if unsafe PyModule_GetDict(module) == dictionary { return true }
        }
        return false
    }

    /// Whether a library is being imported and what runs right now is its own business: a file that the body of its
    /// module called into, on the module's own namespace, or the module's file itself.
    func isImporting(namespace: PyPointer, orItself: Bool = false) -> Bool {
        guard var frame = CallingFrame() else { return false }
        let file = frame.fileName
        while frame.functionName != "<module>", frame.fileName == file {
            guard let caller = frame.caller() else { return false }
            frame = caller
        }
        guard frame.functionName == "<module>", unsafe frame.hasBuiltins(self.realBuiltins),
            unsafe self.callers.origin(of: frame.code) != nil, let globals = frame.globals
        else { return false }
        return unsafe globals.pointer == namespace || (orItself && frame.fileName == file)
    }
}

/// A namespace as text gets it: the given one, or a copy of what a task may see of it.
@safe
private struct TextNamespace: ~Copyable {
    enum Use {
        /// The text's globals, where it leaves what it defines.
        case filled
        /// The text's globals, where it only looks things up.
        case read
        /// The text's locals.
        case local
    }

    let seen: PythonReference
    private let given: PyPointer
    /// What the copy held before the text ran; None where there is nothing to take over from it.
    private let before: PythonReference

    init(_ given: PyPointer, _ use: Use, _ policy: PolicyGuard) throws(PythonException) {
        unsafe self.given = unsafe given
        let isDictionary = unsafe CPython_Dict_Check(given) != 0
        let builtins = unsafe isDictionary ? PyDict_GetItem(given, policy.names.builtins) : nil
        let isBare = unsafe isDictionary && (builtins == nil || builtins == policy.builtins)
        let staysAsItIs =
            switch use {
            case .read: false
            case .filled: isBare ? unsafe try policy.isPlain(given) : false
            case .local: isDictionary ? unsafe try policy.isPlain(given) : true
            }
        guard !staysAsItIs else {
            if case .filled = use {
                unsafe try checking(PyDict_SetItem(given, policy.names.builtins, policy.builtins))
            }
            self.seen = unsafe PythonReference(borrowing: given)
            self.before = .none
            return
        }
        let seen = unsafe try policy.evaluationNamespace(given)
        self.before =
            if case .read = use {
                .none
            } else if unsafe seen.pointer == given || policy.isModuleNamespace(given) {
                // Text of a task's choosing must not rebind what is a module's.
                .none
            } else {
                unsafe try PythonReference(checking: PyDict_Copy(seen.pointer))
            }
        self.seen = seen
    }

    /// Takes what the text has defined over into the given namespace.
    func writeBack() throws(PythonException) {
        guard unsafe self.before.pointer != CPython_None() else { return }
        var position: Py_ssize_t = 0
        var key: PyPointer?
        var value: PyPointer?
        while unsafe PyDict_Next(self.seen.pointer, &position, &key, &value) != 0 {
            guard let key = unsafe key, let value = unsafe value, unsafe CPython_Unicode_CheckExact(key) != 0,
                unsafe PyDict_GetItem(self.before.pointer, key) != value
            else { continue }
            unsafe try checking(PyDict_SetItem(self.given, key, value))
        }
    }
}
