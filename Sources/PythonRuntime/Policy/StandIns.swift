import CPython
import Tasks

/// What library modules get instead of `sys` or a built-in, where their own code would do a task's bidding with it.
///
/// A name that a module looks up globally is found in its own namespace before the built-ins, so an entry there stands
/// in for the built-in in this module alone. None of the entries shows up in views.
extension PolicyGuard {
    /// One stand-in.
    @safe
    struct StandIn {
        let module: StaticString
        let name: StaticString
        let reason: String
        let function: FastcallFunction
    }

    static let standIns: [StandIn] = unsafe [
        StandIn(
            module: "typing",
            name: "eval",
            reason: "get_type_hints and ForwardRef evaluate strings, in the namespace of any module a class names",
            function: PolicyGuard.annotationEvalFunction
        ),
        StandIn(
            module: "typing",
            name: "getattr",
            reason: "get_type_hints asks for the namespace of a function, to evaluate in",
            function: PolicyGuard.namespaceGetattrFunction
        ),
        StandIn(
            module: "typing",
            name: "globals",
            reason: "a generic alias is rebuilt from whatever its settable name names in this module",
            function: PolicyGuard.typingGlobalsFunction
        ),
        StandIn(
            module: "inspect",
            name: "eval",
            reason: "get_annotations evaluates strings, in the namespace of any module a class names",
            function: PolicyGuard.annotationEvalFunction
        ),
        StandIn(
            module: "dataclasses",
            name: "exec",
            reason: "the text of generated methods holds field names, in the namespace of any module a class names",
            function: PolicyGuard.dataclassExecFunction
        ),
        StandIn(
            module: "collections",
            name: "eval",
            reason: "the text of a namedtuple's constructor holds field names, which a str subclass can lie about",
            function: PolicyGuard.namedtupleEvalFunction
        ),
        StandIn(
            module: "contextlib",
            name: "getattr",
            reason: "the redirection reads the attribute of sys that a settable class attribute names",
            function: PolicyGuard.streamGetattrFunction
        ),
        StandIn(
            module: "contextlib",
            name: "setattr",
            reason: "the redirection sets the attribute of sys that a settable class attribute names",
            function: PolicyGuard.streamSetattrFunction
        ),
    ]

    /// Imports the modules that need stand-ins. Library code imports some of them in the middle of a call, and would
    /// otherwise get to use them before a stand-in is in place.
    func importStandInModules() throws(PythonException) {
        guard !self.policy.standardLibraryAllow.isEmpty || !self.policy.externalAllow.isEmpty else { return }
        for module: StaticString in ["collections", "contextlib", "dataclasses", "enum", "typing", "warnings"] {
            _ = try PythonReference.importing(module)
        }
    }

    /// Puts the stand-ins into modules that are loaded; called again for a module that is imported later.
    func placeStandIns() throws(PythonException) {
        guard !self.isOpen else { return }
        for standIn in Self.standIns {
            let name = try PythonText.interned(standIn.module)
            guard let module = unsafe PyDict_GetItem(self.modules, name.pointer),
                unsafe CPython_Module_Check(module) != 0,
                let namespace = unsafe PyModule_GetDict(module)
            else { continue }
            guard unsafe PyDict_GetItemString(namespace, standIn.name.cString) == nil else { continue }
            let function = unsafe try PythonFunction.make(standIn.name, standIn.function)
            unsafe try checking(PyDict_SetItemString(namespace, standIn.name.cString, function.pointer))
            unsafe self.views.hides(function.release())
        }
        try self.placeSys()
        try self.hideAttributes()
    }

    // MARK: Evaluating text

    /// Refuses generated code that holds what a task's own code must not.
    ///
    /// Built-ins need no check here: whatever runs sees the filtered ones.
    func checkGenerated(_ code: PyPointer) throws(PythonException) {
        var check = StaticCheck(self)
        unsafe try check.check(code)
        for finding in check.findings {
            if case .builtin = finding.rule { continue }
            let name = unsafe try PythonText.string(finding.name)
            throw unsafe PythonException.make(
                CPython_Exc_PermissionError(),
                "the policy refuses '\(name)' in generated code"
            )
        }
    }

    /// A namespace to evaluate text in: the given one if it is the task's, what the task sees of it if it is a
    /// module's, and a copy with the filtered built-ins otherwise.
    func evaluationNamespace(_ given: PyPointer) throws(PythonException) -> PythonReference {
        guard unsafe CPython_Dict_Check(given) != 0 else {
            // Locals may be any mapping of the task's own.
            return unsafe PythonReference(borrowing: given)
        }
        if unsafe self.isTaskNamespace(given) { return unsafe PythonReference(borrowing: given) }
        let copy = try PythonReference.dictionary()
        if unsafe self.isModuleNamespace(given) {
            if let view = unsafe self.views.viewDictionary(ofModuleWith: given) {
                unsafe try checking(PyDict_Update(copy.pointer, view))
            }
        } else {
            unsafe try self.copyWithoutModules(given, into: copy.pointer)
        }
        unsafe try checking(PyDict_SetItem(copy.pointer, self.names.builtins, self.builtins))
        return copy
    }

    /// Copies the entries of a dictionary but for real modules: only views are for tasks.
    private func copyWithoutModules(_ given: PyPointer, into copy: PyPointer) throws(PythonException) {
        var position: Py_ssize_t = 0
        var key: PyPointer?
        var value: PyPointer?
        // Safety: nothing below runs Python code, so the walk stays valid.
        while unsafe PyDict_Next(given, &position, &key, &value) != 0 {
            guard let key = unsafe key, let value = unsafe value, unsafe CPython_Unicode_CheckExact(key) != 0,
                unsafe !self.isRealModule(value)
            else { continue }
            unsafe try checking(PyDict_SetItem(copy, key, value))
        }
    }

    /// Whether an object is one of the interpreter's own modules, and no view.
    private func isRealModule(_ object: PyPointer) -> Bool {
        guard unsafe CPython_Module_Check(object) != 0 else { return false }
        guard let namespace = unsafe PyModule_GetDict(object) else { return true }
        return unsafe self.isModuleNamespace(namespace)
    }

    private func isModuleNamespace(_ dictionary: PyPointer) -> Bool {
        var position: Py_ssize_t = 0
        var key: PyPointer?
        var module: PyPointer?
        while unsafe PyDict_Next(self.modules, &position, &key, &module) != 0 {
            guard let module = unsafe module, unsafe CPython_Module_Check(module) != 0 else { continue }
            if unsafe PyModule_GetDict(module) == dictionary { return true }
        }
        return false
    }

    /// Compiles text, or takes a code object as it is.
    private func generatedCode(_ source: PyPointer, _ start: Int32) throws(PythonException) -> PythonReference {
        guard unsafe CPython_Code_Check(source) == 0 else { return unsafe PythonReference(borrowing: source) }
        let text = unsafe try PythonText.string(try PythonText.exact(source).pointer)
        let compiled = unsafe text.withCString { text in
            unsafe Py_CompileString(text, "<string>", start)
        }
        return unsafe try PythonReference(checking: compiled)
    }

    private static let annotationEvalFunction: FastcallFunction = { _, arguments, count, keywords in
        unsafe PolicyGuard.answering { (policy) throws(PythonException) in
            let given = unsafe try Arguments(arguments, count, keywords, of: "eval", 1...3)
            let code = unsafe try policy.generatedCode(given[0], Py_eval_input)
            unsafe try policy.checkGenerated(code.pointer)
            let empty = try PythonReference.dictionary()
            let globals = unsafe try policy.evaluationNamespace(
                count > 1 && given[1] != CPython_None() ? given[1] : empty.pointer
            )
            let locals =
                unsafe count > 2 && given[2] != CPython_None()
                ? try policy.evaluationNamespace(given[2]) : globals.duplicate()
            return unsafe try PythonReference(checking: PyEval_EvalCode(code.pointer, globals.pointer, locals.pointer))
        }
    }

    /// `exec(text, globals, ns)` of `dataclasses._create_fn`.
    private static let dataclassExecFunction: FastcallFunction = { _, arguments, count, keywords in
        unsafe PolicyGuard.answering { (policy) throws(PythonException) in
            let given = unsafe try Arguments(arguments, count, keywords, of: "exec", 3...3)
            let code = unsafe try policy.generatedCode(given[0], Py_file_input)
            guard unsafe !policy.isModuleBody(ofNamespace: given[1], beyond: "dataclasses.py") else {
                // A library that is being imported defines its own classes: none of a task's business.
                _ = unsafe try PythonReference(checking: PyEval_EvalCode(code.pointer, given[1], given[2]))
                return .none
            }
            unsafe try policy.checkGenerated(code.pointer)
            let globals = unsafe try policy.evaluationNamespace(given[1])
            _ = unsafe try PythonReference(checking: PyEval_EvalCode(code.pointer, globals.pointer, given[2]))
            return .none
        }
    }

    /// `eval(text, namespace)` of `collections.namedtuple`, whose namespace has no built-ins at all.
    private static let namedtupleEvalFunction: FastcallFunction = { _, arguments, count, keywords in
        unsafe PolicyGuard.answering { (policy) throws(PythonException) in
            let given = unsafe try Arguments(arguments, count, keywords, of: "eval", 2...2)
            let code = unsafe try policy.generatedCode(given[0], Py_eval_input)
            unsafe try policy.checkGenerated(code.pointer)
            return unsafe try PythonReference(checking: PyEval_EvalCode(code.pointer, given[1], given[1]))
        }
    }

    /// Whether the nearest frame outside a file is the body of the module with that namespace: a module being imported.
    func isModuleBody(ofNamespace namespace: PyPointer, beyond file: String) -> Bool {
        guard var frame = CallingFrame() else { return false }
        while unsafe self.callers.origin(of: frame.code) == .standard(file) {
            guard let caller = frame.caller() else { return false }
            frame = caller
        }
        guard frame.functionName == "<module>", unsafe frame.hasBuiltins(self.realBuiltins),
            unsafe self.callers.origin(of: frame.code) != nil, let globals = frame.globals
        else { return false }
        return unsafe globals.pointer == namespace
    }

    // MARK: Attributes by name

    private static let namespaceGetattrFunction: FastcallFunction = { _, arguments, count, keywords in
        unsafe PolicyGuard.answering { (policy) throws(PythonException) in
            let given = unsafe try Arguments(arguments, count, keywords, of: "getattr", 2...3)
            // Made harmless here rather than where it is evaluated: what lies between are methods of classes that a task
            // can replace.
            if unsafe CPython_TYPE(given[0]) == CPython_Function_Type(),
                unsafe PythonText.equals(given[1], "__globals__")
            {
                let namespace = unsafe try PythonReference(checkingBorrowed: PyFunction_GetGlobals(given[0]))
                return unsafe try policy.evaluationNamespace(namespace.pointer)
            }
            if unsafe CPython_Module_Check(given[0]) != 0, unsafe PythonText.equals(given[1], "__dict__") {
                let namespace = unsafe try PythonReference(checkingBorrowed: PyModule_GetDict(given[0]))
                return unsafe try policy.evaluationNamespace(namespace.pointer)
            }
            return try PolicyGuard.plainGetattr(given, count)
        }
    }

    private static func plainGetattr(_ given: Arguments, _ count: Int) throws(PythonException) -> PythonReference {
        guard let value = unsafe PyObject_GetAttr(given[0], given[1]) else {
            if count == 3, unsafe PyErr_ExceptionMatches(CPython_Exc_AttributeError()) != 0 {
                PyErr_Clear()
                return unsafe PythonReference(borrowing: given[2])
            }
            throw PythonException.takePending()
        }
        return unsafe PythonReference(owning: value)
    }

    private static let typingGlobalsFunction: FastcallFunction = { _, _, _, _ in
        unsafe PolicyGuard.answering { (policy) throws(PythonException) in
            let typing = try PythonReference.importing("typing")
            let view = unsafe try policy.views.view(of: typing.pointer, as: "typing", policy)
            return unsafe try PythonReference(checkingBorrowed: PyModule_GetDict(view))
        }
    }

    /// Whether an attribute of `sys` is one that redirection is for. Other receivers are none of our business.
    private func checkStream(_ given: Arguments) throws(PythonException) {
        guard let sys = unsafe PyDict_GetItemString(self.modules, "sys"), unsafe given[0] == sys else { return }
        guard unsafe CPython_Unicode_CheckExact(given[1]) != 0,
            unsafe PythonText.equals(given[1], "stdout") || PythonText.equals(given[1], "stderr")
        else {
            throw unsafe PythonException.make(CPython_Exc_AttributeError(), "only stdout and stderr can be redirected")
        }
    }

    private static let streamGetattrFunction: FastcallFunction = { _, arguments, count, keywords in
        unsafe PolicyGuard.answering { (policy) throws(PythonException) in
            let given = unsafe try Arguments(arguments, count, keywords, of: "getattr", 2...3)
            try policy.checkStream(given)
            return try PolicyGuard.plainGetattr(given, count)
        }
    }

    private static let streamSetattrFunction: FastcallFunction = { _, arguments, count, keywords in
        unsafe PolicyGuard.answering { (policy) throws(PythonException) in
            let given = unsafe try Arguments(arguments, count, keywords, of: "setattr", 3...3)
            try policy.checkStream(given)
            unsafe try checking(PyObject_SetAttr(given[0], given[1], given[2]))
            return .none
        }
    }

    // MARK: Modules by name

    /// Gives `enum` a `sys` whose `modules` knows only the task's own module, and a module that is being imported.
    ///
    /// `EnumType._convert_` reads the namespace of the module it is given the name of, and `global_enum` writes into that
    /// of the module a settable class attribute names.
    private func placeSys() throws(PythonException) {
        let name = try PythonText.interned("enum")
        guard let module = unsafe PyDict_GetItem(self.modules, name.pointer), unsafe CPython_Module_Check(module) != 0,
            let namespace = unsafe PyModule_GetDict(module), let sys = unsafe PyDict_GetItemString(namespace, "sys"),
            let real = unsafe PyDict_GetItemString(self.modules, "sys"), unsafe sys == real
        else { return }
        let title = try PythonText.interned("sys")
        let standIn = unsafe try PythonReference(checking: PyModule_NewObject(title.pointer))
        let dictionary = unsafe PyModule_GetDict(standIn.pointer)
        unsafe try checking(PyDict_Update(dictionary, PyModule_GetDict(real)))
        let modules = try OwnModules.make()
        unsafe try checking(PyDict_SetItemString(dictionary, "modules", modules.pointer))
        unsafe try checking(PyDict_SetItemString(namespace, "sys", standIn.pointer))
    }
}
