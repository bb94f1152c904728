import CPython

/// Which library code may read which guarded attribute.
///
/// A caller is recognised by the innermost Python frame: its built-ins must be the interpreter's own (a task's never
/// are), its file must lie in a library folder, and for the standard library the file must have a row below. That alone
/// would not do, because library code can be made to call a C function of the task's choosing, say as the callback of
/// `re.sub` or through a property it reads. So the instruction that the frame is at must name the attribute itself.
@safe
struct CallerTable {
    /// Where a code object comes from.
    enum Origin: Equatable {
        /// The standard library; the path below its folder, such as `email/message.py`.
        case standard(String)
        case external
    }

    /// The standard library's own need of guarded attributes, by file. A row's attributes never leave the file as
    /// objects that lead anywhere: they are looked at, printed, or answered by guarded objects.
    static let rows: [String: (attributes: Set<String>, reason: String)] = [
        "traceback.py": (
            ["tb_frame", "f_back", "f_code", "f_globals", "f_locals"], "formats tracebacks"
        ),
        "logging/__init__.py": (["f_back", "f_code", "__code__"], "finds the line a record came from"),
        "warnings.py": (
            ["f_back", "f_code", "f_globals", "_module", "cr_origin"],
            "finds the line to warn about, and its own module; says where a coroutine was made"
        ),
        "collections/__init__.py": (
            ["f_globals", "__defaults__"], "names the module of a namedtuple, sets its defaults"
        ),
        "typing.py": (
            ["f_globals", "__code__", "__forward_code__"],
            "names the module of a NewType; tells overloads apart by line"
        ),
        "enum.py": (["f_globals"], "names the module of an enumeration made by a call"),
        "types.py": (
            [
                "__code__", "__closure__", "gi_code", "tb_frame",
            ],
            "types.coroutine, and finding the types of code, cells and frames"
        ),
        "inspect.py": (
            ["__code__", "__defaults__", "__kwdefaults__", "__self__", "f_back", "f_code", "tb_frame"],
            "signatures, for dataclasses and libraries"
        ),
        "asyncio/coroutines.py": (
            ["cr_code", "gi_code", "cr_frame", "gi_frame", "ag_frame", "ag_code", "f_code"],
            "representations of coroutines"
        ),
        "asyncio/base_tasks.py": (["cr_frame", "gi_frame", "ag_frame", "f_back", "f_code", "tb_frame"], "task stacks"),
        "asyncio/format_helpers.py": (["__code__"], "representations of callbacks"),
        "asyncio/events.py": (["f_code"], "representations of callbacks"),
        "unittest/mock.py": (["__defaults__", "__kwdefaults__"], "copies of signatures"),
    ]

    private let standardRoots: [String]
    private let externalRoots: [String]

    init(standardLibrary: [String], sitePackages: [String]) {
        self.standardRoots = standardLibrary.map { $0.hasSuffix("/") ? $0 : $0 + "/" }
        self.externalRoots = sitePackages.map { $0.hasSuffix("/") ? $0 : $0 + "/" }
    }

    /// Where a file of that name belongs; nil for everything that is no library, such as text compiled at run time.
    func origin(ofFile path: String) -> Origin? {
        if path.hasPrefix("<frozen "), path.hasSuffix(">") {
            let name = path.dropFirst("<frozen ".count).dropLast()
            return .standard(name.split(separator: ".").joined(separator: "/") + ".py")
        }
        if self.externalRoots.contains(where: { path.hasPrefix($0) }) { return .external }
        for root in self.standardRoots where path.hasPrefix(root) {
            return .standard(String(path.dropFirst(root.count)))
        }
        return nil
    }

    /// Whether a path lies in a library folder.
    func isLibrary(_ path: String) -> Bool {
        (self.standardRoots + self.externalRoots).contains { path.hasPrefix($0) || path + "/" == $0 }
    }

    /// Where the code of a frame comes from.
    func origin(of code: PyPointer) -> Origin? {
        let object = unsafe UnsafeMutableRawPointer(code).assumingMemoryBound(to: PyCodeObject.self)
        guard let file = unsafe object.pointee.co_filename, unsafe CPython_Unicode_CheckExact(file) != 0,
            let path = unsafe try? PythonText.string(file)
        else { return nil }
        return self.origin(ofFile: path)
    }
}

/// The innermost Python frame: whoever called the C function that runs right now.
@safe
struct CallingFrame: ~Copyable {
    private let frame: PythonReference
    private let codeReference: PythonReference

    /// Nil when no Python code is running, as in a destructor at the very end.
    init?() {
        guard let frame = unsafe PyThreadState_GetFrame(PyThreadState_Get()) else { return nil }
        unsafe self.init(frame)
    }

    private init(_ frame: OpaquePointer) {
        let code = unsafe PyFrame_GetCode(frame)
        self.frame = unsafe PythonReference(owning: UnsafeMutablePointer<PyObject>(frame))
        guard let code = unsafe code else { preconditionFailure("a frame without code") }
        self.codeReference = unsafe PythonReference(
            owning: UnsafeMutableRawPointer(code).assumingMemoryBound(to: PyObject.self)
        )
    }

    private var pointer: OpaquePointer {
        unsafe OpaquePointer(self.frame.pointer)
    }

    /// The code the frame runs. Borrowed.
    var code: PyPointer { unsafe self.codeReference.pointer }

    /// The namespace the frame's globals are in. Owned, because the frame may let go of it.
    var globals: PythonReference? {
        unsafe PyFrame_GetGlobals(self.pointer).map { unsafe PythonReference(owning: $0) }
    }

    /// Whether the frame sees that dictionary as its built-ins.
    func hasBuiltins(_ builtins: PyPointer) -> Bool {
        guard let own = unsafe PyFrame_GetBuiltins(self.pointer) else { return false }
        defer { unsafe CPython_DECREF(own) }
        return unsafe own == builtins
    }

    /// The name of the function, or `<module>`.
    var functionName: String {
        let object = unsafe UnsafeMutableRawPointer(self.code).assumingMemoryBound(to: PyCodeObject.self)
        return unsafe object.pointee.co_name.flatMap { unsafe try? PythonText.string($0) } ?? ""
    }

    /// The file the code comes from.
    var fileName: String {
        let object = unsafe UnsafeMutableRawPointer(self.code).assumingMemoryBound(to: PyCodeObject.self)
        return unsafe object.pointee.co_filename.flatMap { unsafe try? PythonText.string($0) } ?? ""
    }

    /// The frame that called this one, if there is any.
    func caller() -> CallingFrame? {
        guard let back = unsafe PyFrame_GetBack(self.pointer) else { return nil }
        return unsafe CallingFrame(back)
    }

    /// The attribute that the frame's present instruction reads, sets or deletes; nil for any other instruction.
    /// Borrowed from the code object.
    func attributeAtInstruction() -> PyPointer? {
        let object = unsafe UnsafeMutableRawPointer(self.code).assumingMemoryBound(to: PyCodeObject.self)
        let offset = unsafe Int(PyFrame_GetLasti(self.pointer))
        // The accessor undoes specialisation, so that the plain instruction stands there.
        guard offset >= 0, let copy = unsafe PyCode_GetCode(object) else {
            PyErr_Clear()
            return nil
        }
        let instructions = unsafe PythonReference(owning: copy)
        guard unsafe offset + 1 < CPython_Bytes_GET_SIZE(instructions.pointer),
            let names = unsafe object.pointee.co_names
        else {
            return nil
        }
        let bytes = unsafe UnsafeRawPointer(CPython_Bytes_AS_STRING(instructions.pointer))
        let operation = unsafe Int32(bytes.load(fromByteOffset: offset, as: UInt8.self))
        guard [LOAD_ATTR, LOAD_METHOD, STORE_ATTR, DELETE_ATTR].contains(operation) else { return nil }
        var argument = unsafe Int(bytes.load(fromByteOffset: offset + 1, as: UInt8.self))
        var shift = 8
        var before = offset - 2
        while before >= 0, unsafe Int32(bytes.load(fromByteOffset: before, as: UInt8.self)) == EXTENDED_ARG, shift < 32
        {
            unsafe argument |= Int(bytes.load(fromByteOffset: before + 1, as: UInt8.self)) << shift
            shift += 8
            before -= 2
        }
        guard unsafe argument < CPython_Tuple_GET_SIZE(names) else { return nil }
        return unsafe CPython_Tuple_GET_ITEM(names, argument)
    }
}

extension PolicyGuard {
    /// Whether the code that runs right now is library code that may use a guarded attribute.
    ///
    /// - Parameters:
    ///   - attribute: The attribute's name, as in the table.
    ///   - receiver: The object it is read from. Borrowed.
    /// - Returns: False for a task, for text compiled at run time, and for library code outside of the table.
    func isPermittedCaller(of attribute: StaticString, on receiver: PyPointer) -> Bool {
        guard let frame = CallingFrame(), unsafe frame.hasBuiltins(self.realBuiltins),
            let origin = unsafe self.callers.origin(of: frame.code),
            let named = unsafe frame.attributeAtInstruction(), unsafe PythonText.equals(named, attribute),
            // A library property of the same name hands the attribute on to whoever asks.
            frame.functionName != attribute.description
        else { return false }
        switch origin {
        case .standard(let path):
            return CallerTable.rows[path]?.attributes.contains(attribute.description) ?? false
        case .external:
            return unsafe self.isWithinReach(attribute, of: receiver, for: frame)
        }
    }

    /// External packages may look into frames and functions, for warnings and signatures; into namespaces only of the
    /// task or their own, so that no trick makes one hand out the interpreter's.
    private func isWithinReach(
        _ attribute: StaticString,
        of receiver: PyPointer,
        for frame: borrowing CallingFrame
    ) -> Bool {
        let namespace: PythonReference?
        switch attribute.description {
        case "f_globals", "f_locals", "f_builtins":
            guard unsafe CPython_Frame_Check(receiver) != 0 else { return false }
            namespace = unsafe PyFrame_GetGlobals(OpaquePointer(receiver)).map { unsafe PythonReference(owning: $0) }
        case "__globals__", "__closure__", "__builtins__":
            guard unsafe CPython_Function_Check(receiver) != 0 else { return false }
            namespace = unsafe PyFunction_GetGlobals(receiver).map { unsafe PythonReference(borrowing: $0) }
        default:
            return true
        }
        guard let namespace else { return false }
        if unsafe self.isTaskNamespace(namespace.pointer) { return true }
        guard let own = frame.globals else { return false }
        return unsafe Self.topLevelName(of: namespace.pointer, self) == Self.topLevelName(of: own.pointer, self)
    }

    private static func topLevelName(of namespace: PyPointer, _ policy: PolicyGuard) -> String {
        guard unsafe CPython_Dict_Check(namespace) != 0, let name = unsafe PyDict_GetItem(namespace, policy.names.name),
            let text = unsafe try? PythonText.string(name)
        else { return "" }
        return String(text.prefix { $0 != "." })
    }
}
