public import CPython

/// One instruction of a code object.
public struct Instruction {
    /// The operations that this program distinguishes.
    ///
    /// The cases are named after the instructions of CPython 3.11. If another version splits or merges an instruction,
    /// only the mapping to these cases changes, not the code that reads instructions.
    public enum Operation: UInt8 {
        case loadConstant
        case loadFast
        case loadDeref
        case loadName
        case loadGlobal
        case loadAttribute
        case loadMethod
        case storeName
        case storeGlobal
        case storeAttribute
        case deleteName
        case deleteGlobal
        case deleteAttribute
        case importName
        case importFrom
        case loadBuildClass
        case matchClass
        case buildMap
        case buildConstantKeyMap
        case binarySubscript
        /// The first instruction of a call after its arguments are loaded.
        case beginCall
        /// Pushes NULL in place of the receiver of a call that has none. It comes before or after the instruction that
        /// loads the callable, depending on the version of CPython.
        case pushNull
        case yieldValue
        case returnValue
        /// Loads a constant and returns it.
        case returnConstant
        case other
    }

    public let operation: Operation
    /// The argument, with preceding EXTENDED_ARG instructions applied. For an instruction with a name or a constant, it
    /// is the index of the name or constant. For an instruction that contains a small integer n, it is -1 - n.
    public let argument: Int
    /// The offset of the instruction in the code, in bytes, as in `tb_lasti`.
    public let byteOffset: Int32

    @inlinable
    init(operation: Operation, argument: Int, byteOffset: Int32) {
        self.operation = operation
        self.argument = argument
        self.byteOffset = byteOffset
    }
}

/// The instructions of a code object as compiled, in order, without the inline cache entries.
///
/// Only this type depends on CPython's opcode numbers and on their encoding, which `opcodes.h` has for each version. An
/// instruction is two bytes, opcode and argument, and inline cache entries follow it.
@safe
public struct Instructions: ~Copyable {
    /// The `bytes` object that CPython makes for `co_code`: a copy in which specialised instructions are the generic
    /// ones again and cache entries are zero.
    @usableFromInline let bytes: PythonReference
    @usableFromInline let count: Int
    @usableFromInline var offset = 0

    /// Throws a `MemoryError` if the copy cannot be allocated.
    public init(of code: CodeObject) throws(PythonException) {
        self.bytes = unsafe try PythonReference(checking: PyCode_GetCode(code.layout))
        self.count = unsafe CPython_Bytes_GET_SIZE(self.bytes.pointer)
    }

    /// The next instruction; nil after the last.
    @inlinable
    public mutating func next() -> Instruction? {
        // Safety: both bytes of a unit are read below `count`, and the object is owned.
        let start = unsafe UnsafeRawPointer(CPython_Bytes_AS_STRING(self.bytes.pointer))
        var extended = 0
        while self.offset + 1 < self.count {
            let offset = self.offset
            self.offset += 2
            let number = unsafe Int32(start.load(fromByteOffset: offset, as: UInt8.self))
            let argument = unsafe extended << 8 | Int(start.load(fromByteOffset: offset + 1, as: UInt8.self))
            guard number != CACHE else { continue }
            guard number != EXTENDED_ARG else {
                extended = argument
                continue
            }
            return Self.instruction(number, argument, offset)
        }
        return nil
    }

    @inlinable
    static func instruction(_ number: Int32, _ argument: Int, _ offset: Int) -> Instruction {
        var operation = Self.operation(number)
        var argument = argument
        switch operation {
        case .loadGlobal, .loadAttribute:
            if CPython_loadsMethod(number, argument) != 0 { operation = .loadMethod }
            argument >>= Int(CPython_flagBits(number))
        case .loadFast:
            argument = CPython_lastVariable(number, argument)
        case .loadConstant where number == LOAD_SMALL_INT:
            argument = -1 - argument
        case .binarySubscript where number == BINARY_OP && argument != Int(NB_SUBSCR):
            operation = .other
        default:
            break
        }
        return Instruction(operation: operation, argument: argument, byteOffset: Int32(truncatingIfNeeded: offset))
    }

    @inlinable
    static func operation(_ number: Int32) -> Instruction.Operation {
        switch number {
        case LOAD_CONST, LOAD_SMALL_INT: .loadConstant
        case LOAD_FAST, LOAD_FAST_CHECK, LOAD_FAST_LOAD_FAST, STORE_FAST_LOAD_FAST, LOAD_FAST_BORROW,
            LOAD_FAST_BORROW_LOAD_FAST_BORROW:
            .loadFast
        case LOAD_DEREF, LOAD_FROM_DICT_OR_DEREF: .loadDeref
        case LOAD_NAME: .loadName
        case LOAD_GLOBAL, LOAD_FROM_DICT_OR_GLOBALS: .loadGlobal
        case LOAD_ATTR, LOAD_METHOD, LOAD_SUPER_ATTR: .loadAttribute
        case STORE_NAME: .storeName
        case STORE_GLOBAL: .storeGlobal
        case STORE_ATTR: .storeAttribute
        case DELETE_NAME: .deleteName
        case DELETE_GLOBAL: .deleteGlobal
        case DELETE_ATTR: .deleteAttribute
        case IMPORT_NAME: .importName
        case IMPORT_FROM: .importFrom
        case LOAD_BUILD_CLASS: .loadBuildClass
        case MATCH_CLASS: .matchClass
        case BUILD_MAP: .buildMap
        case BUILD_CONST_KEY_MAP: .buildConstantKeyMap
        case BINARY_SUBSCR, BINARY_OP: .binarySubscript
        case PRECALL, KW_NAMES, CALL, CALL_KW: .beginCall
        case PUSH_NULL: .pushNull
        case YIELD_VALUE: .yieldValue
        case RETURN_VALUE: .returnValue
        case RETURN_CONST: .returnConstant
        default: .other
        }
    }
}
