import CPython

/// The hook that CPython calls before it does something of note.
///
/// It decides by what is done and by who does it. It is no boundary: much that leads out raises no event, which is what
/// the guarded descriptors are for.
extension PolicyGuard {
    /// What the operator granted, worked out once.
    struct Grants: Sendable {
        /// The beginnings of events that are refused, as bytes, and what the thing does.
        let refused: [(prefix: [UInt8], reason: String)]
        let opensFiles: Bool
        let loadsLibraries: Bool
        let unpickles: Bool
        let unmarshals: Bool

        init(_ imports: ImportRules, builtinsDeny: [String]) {
            let list = imports.standardLibrary
            self.refused = AuditRules.families
                .filter { family in !family.modules.contains { list.names(explicitly: $0) } }
                .map { (Array($0.prefix.description.utf8), $0.reason) }
            self.opensFiles =
                !builtinsDeny.contains("open") || AuditRules.fileModules.contains { list.names(explicitly: $0) }
            self.loadsLibraries = list.names(explicitly: "ctypes")
            self.unmarshals = list.names(explicitly: "marshal")
            self.unpickles = list.names(explicitly: "pickle") || list.names(explicitly: "shelve")
        }
    }

    /// Installs the hook; like every audit hook it stays for good.
    func installAuditHook() throws(PythonException) {
        unsafe try checking(
            PySys_AddAuditHook(
                { event, arguments, _ in
                    guard let event = unsafe event, let policy = unsafe PolicyGuard.current else { return 0 }
                    return unsafe policy.audit(event, arguments)
                },
                nil
            )
        )
    }

    private func audit(_ event: UnsafePointer<CChar>, _ arguments: PyPointer?) -> Int32 {
        do throws(PythonException) {
            // The first letter tells most of the frequent events apart from the ones below.
            switch unsafe UInt8(bitPattern: event[0]) {
            case 0x6F where unsafe Self.matches(event, "open"):  // o
                unsafe try self.auditOpen(arguments)
            case 0x65 where unsafe Self.matches(event, "exec"):  // e
                unsafe try self.auditExec(arguments)
            case 0x63 where unsafe Self.matches(event, "compile"):  // c
                unsafe try self.auditCompile(arguments)
            case 0x63 where unsafe Self.matches(event, "code.__new__"):
                guard self.innermostOrigin() == .standard("types.py") || self.isImportSystem() else {
                    throw self.auditRefusal("makes a code object")
                }
            case 0x66 where unsafe Self.matches(event, "function.__new__"):  // f
                guard self.innermostOrigin() == .external else { throw self.auditRefusal("makes a function of code") }
            case 0x63 where unsafe Self.matches(event, "ctypes.dlopen"):
                unsafe try self.auditLibrary(arguments)
            case 0x70 where unsafe Self.matches(event, "pickle.find_class"):  // p
                unsafe try self.auditUnpickling(arguments)
            case 0x73 where unsafe Self.matches(event, "sys.settrace") || Self.matches(event, "sys.setprofile"):  // s
                guard !self.isCalledByTask else { throw self.auditRefusal("watches every call") }
            case 0x6D where unsafe Self.matches(event, "marshal.loads") || Self.matches(event, "marshal.load"):  // m
                guard self.grants.unmarshals || self.isImportSystem() else {
                    throw self.auditRefusal("makes code objects")
                }
            case 0x69, 0x62:  // i: import; b: builtins.id
                break
            default:
                unsafe try self.auditFamily(event)
            }
            return 0
        } catch {
            error.restore()
            return -1
        }
    }

    private static func matches(_ event: UnsafePointer<CChar>, _ name: StaticString) -> Bool {
        unsafe strcmp(event, name.cString) == 0
    }

    private func auditFamily(_ event: UnsafePointer<CChar>) throws(PythonException) {
        for family in self.grants.refused {
            var index = 0
            while index < family.prefix.count, unsafe UInt8(bitPattern: event[index]) == family.prefix[index] {
                index += 1
            }
            guard index < family.prefix.count else { throw self.auditRefusal(family.reason) }
        }
    }

    /// A PermissionError: an OSError, which libraries that merely try are prepared for.
    private func auditRefusal(_ reason: String) -> PythonException {
        unsafe PythonException.make(CPython_Exc_PermissionError(), "not permitted in a task: this \(reason)")
    }

    /// Where the innermost Python code comes from; nil for a task's and for text compiled at run time.
    private func innermostOrigin() -> CallerTable.Origin? {
        guard let frame = CallingFrame(), unsafe frame.hasBuiltins(self.realBuiltins) else { return nil }
        return unsafe self.callers.origin(of: frame.code)
    }

    /// Whether CPython's import system is what runs right now, or no Python code at all.
    private func isImportSystem() -> Bool {
        guard let frame = CallingFrame() else { return true }
        guard unsafe frame.hasBuiltins(self.realBuiltins),
            case .standard(let path) = unsafe self.callers.origin(of: frame.code)
        else {
            return false
        }
        return path.hasPrefix("importlib/_bootstrap") || path == "zipimport.py"
    }

    private func argument(_ index: Int, of arguments: PyPointer?) -> PyPointer? {
        guard let arguments = unsafe arguments, unsafe CPython_Tuple_Check(arguments) != 0,
            unsafe index < CPython_Tuple_GET_SIZE(arguments)
        else {
            return nil
        }
        return unsafe CPython_Tuple_GET_ITEM(arguments, index)
    }

    // MARK: Files

    private func auditOpen(_ arguments: PyPointer?) throws(PythonException) {
        guard !self.grants.opensFiles else { return }
        let mode = unsafe try self.argument(1, of: arguments).flatMap { (mode) throws(PythonException) in
            unsafe CPython_Unicode_Check(mode) != 0 ? try PythonText.string(mode) : nil
        }
        if let mode, mode.contains(where: { "wax+".contains($0) }) {
            throw self.auditRefusal("opens a file for writing")
        }
        guard let path = unsafe self.argument(0, of: arguments) else { return }
        var text: String?
        if unsafe CPython_Unicode_Check(path) != 0 {
            text = unsafe try PythonText.string(path)
        } else if unsafe CPython_Bytes_Check(path) != 0 {
            text = unsafe String(cString: CPython_Bytes_AS_STRING(path))
        }
        guard let text, self.isReadable(text) else { throw self.auditRefusal("opens a file") }
    }

    private func isReadable(_ path: String) -> Bool {
        guard !path.split(separator: "/").contains("..") else { return false }
        return self.callers.isLibrary(path) || AuditRules.readableFolders.contains { path.hasPrefix($0) }
    }

    private func auditLibrary(_ arguments: PyPointer?) throws(PythonException) {
        // `import ctypes` itself opens the running program, which has no name.
        guard !self.grants.loadsLibraries, let name = unsafe self.argument(0, of: arguments),
            unsafe name != CPython_None()
        else { return }
        throw self.auditRefusal("loads a library")
    }

    // MARK: Code

    private func auditExec(_ arguments: PyPointer?) throws(PythonException) {
        guard let code = unsafe self.argument(0, of: arguments), unsafe CPython_Code_Check(code) != 0,
            !self.isImportSystem()
        else {
            return
        }
        guard unsafe self.callers.origin(of: code) == nil else {
            throw self.auditRefusal("runs a library's code again")
        }
        // Where the operator let tasks have exec or eval, what they run has their built-ins and the same guards.
        guard !self.isCalledByTask else { return }
        unsafe try self.checkGenerated(code)
    }

    /// Refuses generated code that holds what a task's own code must not.
    ///
    /// Built-ins need no check: what runs on a task's behalf sees the filtered ones.
    private func checkGenerated(_ code: PyPointer) throws(PythonException) {
        var check = StaticCheck(self, refusesBuiltins: false)
        unsafe try check.check(code)
        guard let finding = check.findings.first else { return }
        let name = unsafe try PythonText.string(finding.name)
        throw unsafe PythonException.make(
            CPython_Exc_PermissionError(),
            "the policy refuses '\(name)' in generated code"
        )
    }

    private func auditCompile(_ arguments: PyPointer?) throws(PythonException) {
        guard let name = unsafe self.argument(1, of: arguments), unsafe CPython_Unicode_Check(name) != 0,
            !self.isImportSystem()
        else {
            return
        }
        // The table of callers believes in file names, so nothing compiled at run time may claim a library's.
        guard unsafe self.callers.origin(ofFile: try PythonText.string(name)) == nil else {
            throw self.auditRefusal("compiles code under the name of a library's file")
        }
    }

    private func auditUnpickling(_ arguments: PyPointer?) throws(PythonException) {
        guard !self.grants.unpickles else { return }
        guard let module = unsafe self.argument(0, of: arguments), let name = unsafe self.argument(1, of: arguments),
            unsafe CPython_Unicode_Check(module) != 0, unsafe CPython_Unicode_Check(name) != 0
        else { throw self.auditRefusal("unpickles") }
        let title = unsafe try PythonText.string(module)
        let attribute = unsafe try PythonText.string(name)
        // What is in a task's built-ins may be of its making; that it is the interpreter's own as well, is not.
        if title == "builtins", let value = unsafe PyDict_GetItem(self.builtins, name),
            unsafe CPython_Type_Check(value) != 0, unsafe PyDict_GetItem(self.realBuiltins, name) == value
        {
            return
        }
        guard !attribute.contains("."), self.imports.verdict(on: title) == .allowed,
            let real = unsafe PyDict_GetItem(self.modules, module),
            unsafe CPython_Module_Check(real) != 0,
            unsafe PyDict_GetItem(PyModule_GetDict(try self.views.view(of: real, as: title, self)), name) != nil
        else {
            throw self.auditRefusal("unpickles '\(title).\(attribute)'")
        }
    }
}
