import CPython

/// Reads the instructions of code objects and notes what the policy refuses.
///
/// What is read is what will run: decorators, patterns, f-strings, `except*`, annotations and look-alike letters all end
/// up here as the same few instructions, while strings, dictionary keys, parameters and local variables do not.
@safe
struct StaticCheck {
    /// One refused instruction.
    @safe
    struct Finding {
        @safe
        enum Rule {
            case attribute
            case pattern
            case name
            case builtin
            case classStatement
            case importing(fromList: PyPointer?, level: Int)
            case mangled
        }

        let rule: Rule
        /// The name in question. Borrowed from the code object.
        let name: PyPointer
        /// The code object the instruction belongs to. Borrowed from the one that was checked.
        let code: PyPointer
        /// Of the instruction, as in `tb_lasti`.
        let byteOffset: Int32
    }

    /// How many findings are kept; the others are counted. It bounds what is stored and shown, and not what is read:
    /// every instruction is looked at.
    static let maximumFindings = 100

    private let policy: PolicyGuard
    private let refusesBuiltins: Bool
    /// The first refused instructions, in the order of the code objects.
    private(set) var findings: [Finding] = []
    /// How many instructions are refused.
    private(set) var total = 0
    /// Denied built-ins that the code binds as globals of its own somewhere: no longer the built-ins. By the address of a
    /// name, which is interned and which the code keeps alive.
    private var rebound: Set<UnsafeRawPointer> = unsafe []
    /// Whether there is a name about which only the whole code decides: a denied built-in, or a private name.
    private var hasOpenNames = false
    /// What the code defines; known when it is read for the second time.
    private var privateNames: PrivateNames?

    /// Prepares a check.
    ///
    /// - Parameters:
    ///   - policy: The rules.
    ///   - refusesBuiltins: Whether a denied built-in is a finding. Code that runs with the filtered built-ins does not
    ///     have it either way.
    init(_ policy: PolicyGuard, refusesBuiltins: Bool = true) {
        self.policy = policy
        self.refusesBuiltins = refusesBuiltins
    }

    /// Checks a code object and every one nested in it.
    mutating func check(_ code: PyPointer) throws(PythonException) {
        unsafe try self.scan(code)
        guard self.hasOpenNames else { return }
        // Once more, from the start: open names that turn out to be permitted must not use up room among the findings.
        self.privateNames = unsafe try PrivateNames(definedIn: code)
        self.findings.removeAll(keepingCapacity: true)
        self.total = 0
        unsafe try self.scan(code)
    }

    private mutating func scan(_ code: PyPointer) throws(PythonException) {
        let object = unsafe UnsafeMutableRawPointer(code).assumingMemoryBound(to: PyCodeObject.self)
        guard let names = unsafe object.pointee.co_names, let constants = unsafe object.pointee.co_consts else {
            return
        }
        // The caching accessor: it answers the instructions as compiled, whatever the interpreter has made of them.
        let instructions = unsafe try PythonReference(checking: PyCode_GetCode(object))
        let count = unsafe CPython_Bytes_GET_SIZE(instructions.pointer)
        let bytes = unsafe UnsafeRawPointer(CPython_Bytes_AS_STRING(instructions.pointer))
        var extended: Int = 0
        var constant = 0
        var previousConstant = 0
        var offset = 0
        while offset + 1 < count {
            let operation = unsafe Int32(bytes.load(fromByteOffset: offset, as: UInt8.self))
            let argument = unsafe Int(bytes.load(fromByteOffset: offset + 1, as: UInt8.self)) | extended << 8
            extended = 0
            switch operation {
            case EXTENDED_ARG:
                extended = argument
            case LOAD_CONST:
                previousConstant = constant
                constant = argument
            case LOAD_ATTR, LOAD_METHOD, STORE_ATTR, DELETE_ATTR, IMPORT_FROM:
                let name = unsafe CPython_Tuple_GET_ITEM(names, argument)
                if unsafe self.policy.names.marks(of: name).contains(.refusedAttribute) {
                    unsafe self.note(.attribute, name, code, offset)
                } else if unsafe PrivateNames.hasForm(name), !self.policy.isOpen {
                    unsafe try self.notePrivateName(name, code, offset)
                }
            case LOAD_GLOBAL:
                unsafe self.noteName(CPython_Tuple_GET_ITEM(names, argument >> 1), code, offset, isStore: false)
            case LOAD_NAME, DELETE_NAME, DELETE_GLOBAL:
                unsafe self.noteName(CPython_Tuple_GET_ITEM(names, argument), code, offset, isStore: false)
            case STORE_GLOBAL, STORE_NAME:
                unsafe self.noteName(CPython_Tuple_GET_ITEM(names, argument), code, offset, isStore: true)
            case IMPORT_NAME:
                unsafe try self.noteImport(
                    CPython_Tuple_GET_ITEM(names, argument),
                    fromList: CPython_Tuple_GET_ITEM(constants, constant),
                    level: CPython_Tuple_GET_ITEM(constants, previousConstant),
                    code,
                    offset
                )
            case MATCH_CLASS:
                unsafe self.notePattern(CPython_Tuple_GET_ITEM(constants, constant), code, offset)
            case LOAD_BUILD_CLASS:
                if self.policy.names.deniesClasses, let name = unsafe object.pointee.co_name {
                    unsafe self.note(.classStatement, name, code, offset)
                }
            default:
                break
            }
            offset += 2
        }
        for index in unsafe 0..<CPython_Tuple_GET_SIZE(constants) {
            let constant = unsafe CPython_Tuple_GET_ITEM(constants, index)
            if unsafe CPython_Code_Check(constant) != 0 { unsafe try self.scan(constant) }
        }
    }

    private mutating func note(_ rule: Finding.Rule, _ name: PyPointer, _ code: PyPointer, _ offset: Int) {
        self.total += 1
        guard self.findings.count < Self.maximumFindings else { return }
        unsafe self.findings.append(
            Finding(rule: rule, name: name, code: code, byteOffset: Int32(truncatingIfNeeded: offset))
        )
    }

    private mutating func notePrivateName(
        _ name: PyPointer,
        _ code: PyPointer,
        _ offset: Int
    ) throws(PythonException) {
        guard let isOwn = unsafe try self.privateNames?.isOwn(name) else {
            self.hasOpenNames = true
            return
        }
        if !isOwn { unsafe self.note(.mangled, name, code, offset) }
    }

    private mutating func noteName(_ name: PyPointer, _ code: PyPointer, _ offset: Int, isStore: Bool) {
        let marks = unsafe self.policy.names.marks(of: name)
        guard !marks.isEmpty else { return }
        if marks.contains(.refusedName) {
            unsafe self.note(.name, name, code, offset)
        } else if marks.contains(.deniedBuiltin) {
            if isStore {
                unsafe self.rebound.insert(UnsafeRawPointer(name))
            } else if self.refusesBuiltins, self.privateNames == nil {
                self.hasOpenNames = true
            } else if self.refusesBuiltins, unsafe !self.rebound.contains(UnsafeRawPointer(name)) {
                unsafe self.note(.builtin, name, code, offset)
            }
        }
    }

    private mutating func noteImport(
        _ name: PyPointer,
        fromList: PyPointer,
        level: PyPointer,
        _ code: PyPointer,
        _ offset: Int
    ) throws(PythonException) {
        let depth = unsafe CPython_Long_CheckExact(level) != 0 ? PyLong_AsLong(level) : 0
        let list = unsafe CPython_Tuple_Check(fromList) != 0 ? fromList : nil
        let module = unsafe try PythonText.string(name)
        guard depth == 0 else { return unsafe self.note(.importing(fromList: list, level: depth), name, code, offset) }
        guard module != "__future__" else { return }
        switch self.policy.imports.verdict(on: module) {
        case .allowed:
            return
        case .passage:
            // Good for `import xml.etree` and for `from xml import etree`, of no use otherwise.
            guard let list = unsafe list else { return }
            for index in unsafe 0..<CPython_Tuple_GET_SIZE(list) {
                let part = unsafe module + "." + (try PythonText.string(CPython_Tuple_GET_ITEM(list, index)))
                if self.policy.imports.verdict(on: part) == .refused {
                    return unsafe self.note(.importing(fromList: list, level: 0), name, code, offset)
                }
            }
        case .refused:
            unsafe self.note(.importing(fromList: list, level: 0), name, code, offset)
        }
    }

    private mutating func notePattern(_ attributes: PyPointer, _ code: PyPointer, _ offset: Int) {
        guard unsafe CPython_Tuple_Check(attributes) != 0 else { return }
        for index in unsafe 0..<CPython_Tuple_GET_SIZE(attributes) {
            let name = unsafe CPython_Tuple_GET_ITEM(attributes, index)
            if unsafe self.policy.names.isRefused(attribute: name) { unsafe self.note(.pattern, name, code, offset) }
        }
    }
}
