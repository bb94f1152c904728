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
        for module: StaticString in ["contextlib", "enum", "typing", "warnings"] {
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
            unsafe self.views.hides(function.pointer)
        }
        try self.placeSys()
        try self.hideAttributes()
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
