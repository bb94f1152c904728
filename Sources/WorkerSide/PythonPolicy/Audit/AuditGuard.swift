import CPython
import Glibc
import PythonRuntime
import Tasks

/// An audit hook that refuses operations of tasks: on files, processes, the network, code objects and unpickling.
///
/// The decision depends on the event and on the innermost Python frame. The hook is not a security boundary: many ways
/// into the interpreter raise no audit event, and other guards cover them.
final class AuditGuard {
    private let context: PolicyContext
    private let views: ModuleViews
    private let evaluators: EvaluatorGuard
    private let lookups: LookupGuard
    private let permissions: AuditPermissions

    init(_ context: PolicyContext, _ views: ModuleViews, _ evaluators: EvaluatorGuard, _ lookups: LookupGuard) {
        self.evaluators = evaluators
        self.lookups = lookups
        self.context = context
        self.views = views
        self.permissions = AuditPermissions(
            context.imports,
            builtinsDeny: context.policy.builtinsDeny,
            hasTemporaryFolder: !context.temporaryFolders.isEmpty
        )
    }

    /// Installs the hook. CPython cannot remove an audit hook.
    func install() throws(PythonException) {
        unsafe try checking(
            PySys_AddAuditHook(
                { event, arguments, _ in
                    guard let event = unsafe event, let policy = unsafe PolicyGuard.current else { return 0 }
                    let given = unsafe BorrowedReference(arguments).flatMap { TupleObject($0) }
                    return unsafe policy.audit.decide(event, EventArguments(values: given))
                },
                nil
            )
        )
    }

    /// The arguments of an event.
    private struct EventArguments {
        let values: TupleObject?

        subscript(index: Int) -> BorrowedReference? {
            guard let values = self.values, index < values.count else { return nil }
            return values[index]
        }
    }

    /// Decides on an event: 0 permits it, and -1 refuses it with a pending exception.
    private func decide(_ event: UnsafePointer<CChar>, _ arguments: EventArguments) -> Int32 {
        do throws(PythonException) {
            // Comparing the first letter is cheap and rules out most of the frequent events.
            switch unsafe UInt8(bitPattern: event[0]) {
            case 0x6F where unsafe Self.matches(event, "open"):  // o
                try self.checkOpen(arguments)
            case 0x65 where unsafe Self.matches(event, "exec"):  // e
                try self.checkExec(arguments)
            case 0x63 where unsafe Self.matches(event, "code.__new__"):  // c
                guard
                    self.lookups.makers.isDirect,
                    self.isLibrary(naming: AuditRules.codeMakers) || self.isLibraryReplacingCode
                else {
                    throw self.refusal("makes a code object")
                }
            case 0x66 where unsafe Self.matches(event, "function.__new__"):  // f
                guard self.lookups.makers.isDirect, self.isLibrary(naming: AuditRules.functionMakers) else {
                    throw self.refusal("makes a function of code")
                }
            case 0x63 where unsafe Self.matches(event, "ctypes.dlopen"):
                try self.checkLibrary(arguments)
            case 0x70 where unsafe Self.matches(event, "pickle.find_class"):  // p
                try self.checkUnpickling(arguments)
            case 0x73
            where unsafe Self.matches(event, "sys.settrace") || Self.matches(event, "sys.setprofile")
                || Self.matches(event, "sys.monitoring.register_callback"):  // s
                // The caller does not matter, because `threading` sets the trace function that a task gave it.
                guard self.permissions.traces else { throw self.refusal("watches every call") }
            case 0x6D where unsafe Self.matches(event, "marshal.loads") || Self.matches(event, "marshal.load"):  // m
                guard self.permissions.unmarshals || self.isImportSystem() else {
                    throw self.refusal("makes code objects")
                }
            case 0x6D where unsafe Self.matches(event, "mmap.__new__") && arguments[0]?.smallInteger == -1:
                // The mapping has no file: it is plain memory.
                break
            case 0x75 where unsafe Self.matches(event, "urllib.Request") && Self.isFile(arguments[0]):  // u
                // Opening the file raises an event `open`, which is checked.
                break
            case 0x69 where unsafe Self.matches(event, "import"):  // i
                TaskEventLoop.prepare(forImportOf: arguments[0], self.context)
            case 0x69, 0x62:  // b: builtins.id
                break
            default:
                unsafe try self.checkFamilies(event)
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

    private func checkFamilies(_ event: UnsafePointer<CChar>) throws(PythonException) {
        for family in self.permissions.refused where !(family.isForLibraries && self.isLibrary) {
            var index = 0
            while index < family.prefix.count, unsafe UInt8(bitPattern: event[index]) == family.prefix[index] {
                index += 1
            }
            guard index == family.prefix.count else { continue }
            guard AuditRules.harmless.contains(where: { unsafe Self.matches(event, $0.name) }) else {
                throw self.refusal(family.reason)
            }
        }
    }

    /// Whether the innermost Python frame is that of library code, which has the interpreter's own built-ins.
    private var isLibrary: Bool { CallingFrame()?.hasBuiltins(self.context.realBuiltins) ?? false }

    /// Whether the innermost Python frame is that of library code that has one of these names. A task can make library
    /// code call a function of the task's choosing, but it cannot make the library's code contain the function's name.
    private func isLibrary(naming names: [StaticString]) -> Bool {
        guard let frame = CallingFrame(), frame.hasBuiltins(self.context.realBuiltins) else { return false }
        return frame.code.names.contains { name in names.contains { PythonText.equals(name, $0) } }
    }

    /// Whether the innermost Python frame is that of library code that calls `replace` with an argument `co_…`, as
    /// templates do to rename their code. The name `replace` is not enough, because strings have a method of that name.
    private var isLibraryReplacingCode: Bool {
        guard self.isLibrary(naming: ["replace"]), let frame = CallingFrame() else { return false }
        return frame.code.constants.contains { constant in
            TupleObject(constant)?.contains { name in
                name.isString && (try? PythonText.string(name))?.hasPrefix("co_") ?? false
            } ?? false
        }
    }

    /// Makes a `PermissionError`. It is an `OSError`, which libraries handle when they try an optional operation.
    private func refusal(_ reason: String) -> PythonException {
        PythonException.make(.permissionError, "not permitted in a task: this \(reason)")
    }

    /// Whether the innermost Python frame belongs to CPython's import system, or no Python code runs.
    private func isImportSystem() -> Bool {
        guard let frame = CallingFrame() else { return true }
        guard frame.hasBuiltins(self.context.realBuiltins),
            case .standard(let path) = self.context.libraries.origin(of: frame.code)
        else { return false }
        return path.hasPrefix("importlib/_bootstrap") || path == "zipimport.py"
    }

    // MARK: Files

    private func checkOpen(_ arguments: EventArguments) throws(PythonException) {
        guard !self.permissions.opensFiles else { return }
        guard let path = arguments[0] else { return }
        var text: String?
        if path.isString {
            text = try PythonText.string(path)
        } else if path.isBytes {
            text = unsafe String(cString: CPython_Bytes_AS_STRING(path.pointer))
        }
        let folders = self.context.temporaryFolders
        if let folder = folders.first {
            if let text, folders.contains(where: { Self.contains($0, text) }) { return }
            // A task that has the built-in `open` may open the files in its folder only. Library code may open any file
            // that the kernel lets it open.
            if self.permissions.hasOpen {
                guard self.context.isCalledByTask else { return }
                throw self.refusal("opens a file outside of \(folder)")
            }
        } else if self.permissions.hasOpen {
            return
        }
        let writes = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND
        if let mode = arguments[1], mode.isString {
            guard try !PythonText.string(mode).contains(where: { "wax+".contains($0) }) else {
                throw self.refusal("opens a file for writing")
            }
        } else if let flags = arguments[2]?.smallInteger, flags & Int(writes) != 0 {
            throw self.refusal("opens a file for writing")
        }
        guard let text else { throw self.refusal("opens a file") }
        // Library code may try to open a missing file: it handles the error if the file is optional.
        let isForLibraries = AuditRules.filesForLibraries.contains { text.hasPrefix($0) } || !Self.isPresent(text)
        guard self.isReadable(text) || (isForLibraries && self.isLibrary) else {
            throw self.refusal("opens a file")
        }
    }

    /// Whether a value is the address of a local file.
    private static func isFile(_ address: BorrowedReference?) -> Bool {
        guard let address, address.isString, let text = try? PythonText.string(address) else { return false }
        return text.hasPrefix("file:")
    }

    private static func isPresent(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// Whether a path is that of the folder, or below it.
    private static func contains(_ folder: String, _ path: String) -> Bool {
        (path == folder || path.hasPrefix(folder + "/")) && !path.split(separator: "/").contains("..")
    }

    private func isReadable(_ given: String) -> Bool {
        guard let path = LibraryPaths.withoutParents(given) else { return false }
        return self.context.libraries.contain(path) || AuditRules.readableFolders.contains { path.hasPrefix($0) }
    }

    private func checkLibrary(_ arguments: EventArguments) throws(PythonException) {
        // `import ctypes` itself calls `dlopen` with the name None, to open the running program.
        guard !self.permissions.loadsLibraries, let name = arguments[0], !name.isNone, !self.isLibrary else { return }
        throw self.refusal("loads a library")
    }

    // MARK: Code

    private func checkExec(_ arguments: EventArguments) throws(PythonException) {
        guard let code = arguments[0].flatMap({ CodeObject($0) }), !self.isImportSystem() else { return }
        let isCalledByTask = self.context.isCalledByTask
        guard isCalledByTask || self.evaluators.isCallersText else { return }
        guard self.context.libraries.origin(of: code) == nil else {
            throw self.refusal("runs a library's code again")
        }
        // A task has `exec` or `eval` only if the operator allowed them. The text then runs with the task's built-ins
        // and the same guards.
        guard !isCalledByTask else { return }
        // Text that a library compiled is checked by the rules for a task's own code.
        var check = StaticCheck(self.context, isGenerated: true)
        try check.check(code)
        guard let finding = check.findings.first else { return }
        let name = try PythonText.string(finding.name)
        throw PythonException.make(.permissionError, "the policy refuses '\(name)' in generated code")
    }

    /// Whether the innermost frame is that of a package that unpickles a class of its own, from its own files.
    private func unpicklesItsOwn(_ module: String) -> Bool {
        guard let frame = CallingFrame(), frame.hasBuiltins(self.context.realBuiltins), let globals = frame.globals,
            let name = unsafe DictionaryObject(globals.borrowed)?[self.context.names.name],
            let caller = try? PythonText.string(name), !self.context.imports.isStandard(caller)
        else { return false }
        let package = caller.prefix { $0 != "." }
        return module.prefix { $0 != "." } == package && !AuditRules.unpicklers.contains { $0.package == package }
    }

    private func checkUnpickling(_ arguments: EventArguments) throws(PythonException) {
        guard !self.permissions.unpickles else { return }
        guard let module = arguments[0], let name = arguments[1], module.isString, name.isString else {
            throw self.refusal("unpickles")
        }
        let (title, attribute) = try self.todaysName(module, name)
        if self.unpicklesItsOwn(title) || AuditRules.rebuilders.contains("\(title).\(attribute)") { return }
        let key = try PythonText.make(attribute)
        // A built-in is permitted only if the interpreter's own built-ins have the same value. A task's built-ins also
        // have guarded functions, and values that the task added.
        if title == "builtins", let value = self.context.builtins.value(for: key),
            self.context.realBuiltins.value(for: key) == value
        {
            return
        }
        // A pickle names a C function by the module in C, such as `_operator`. The lists name the public module.
        let publicName = self.context.imports.isStandard(title) ? String(title.drop { $0 == "_" }) : title
        guard !attribute.contains("."), self.context.imports.decision(on: publicName) == .allowed,
            let written = self.context.loadedModule(try PythonText.make(title)),
            let real = self.context.loadedModule(try PythonText.make(publicName)),
            let value = written.namespace.value(for: key)
        else { throw self.refusal("unpickles '\(title).\(attribute)'") }
        // A class need not be part of the module's interface, because pickles name the classes of the objects that the
        // module makes.
        let shown = try self.views.view(of: real, as: publicName).namespace.value(for: key)
        guard shown == value || value.isType, try self.views.visibleValue(for: value) == value else {
            throw self.refusal("unpickles '\(title).\(attribute)'")
        }
    }

    /// The module and name in this version of Python for those in a pickle. Pickles of the older protocols have the
    /// names of Python 2, and the event has the names as they are written.
    private func todaysName(
        _ module: BorrowedReference,
        _ name: BorrowedReference
    ) throws(PythonException) -> (module: String, name: String) {
        let tables = self.context.loadedModule("_compat_pickle")?.namespace
        let pair = try PythonReference.tuple([module, name])
        if let names = tables?["NAME_MAPPING"].flatMap({ DictionaryObject($0) }),
            let today = names.value(for: pair).flatMap({ TupleObject($0) }), today.count == 2
        {
            return (try PythonText.string(today[0]), try PythonText.string(today[1]))
        }
        let today = tables?["IMPORT_MAPPING"].flatMap { DictionaryObject($0) }?[module]
        return (try PythonText.string(today ?? module), try PythonText.string(name))
    }
}
