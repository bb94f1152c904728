public import CPython

/// A borrowed reference to a code object. Its fields are read from the C structure, because the Python attributes are
/// guarded.
///
/// The returned names, constants and texts are borrowed from the code object, which is not changed after compilation.
@safe
public struct CodeObject {
    public let object: BorrowedReference

    /// Nil if the object is not a code object.
    @inlinable
    public init?(_ object: BorrowedReference) {
        guard object.isCode else { return nil }
        self.object = object
    }

    /// The C structure, for code that changes it before it runs.
    @inlinable
    public var layout: UnsafeMutablePointer<PyCodeObject> { unsafe self.object.layout(as: PyCodeObject.self) }

    /// The names that instructions refer to by their index.
    @inlinable public var names: TupleObject { unsafe TupleObject(unchecked: Self.field(self.layout.pointee.co_names)) }
    @inlinable public var constants: TupleObject {
        unsafe TupleObject(unchecked: Self.field(self.layout.pointee.co_consts))
    }
    /// The names of the local variables, including those that the code shares with enclosing or nested functions.
    public var localNames: TupleObject {
        unsafe TupleObject(unchecked: Self.field(self.layout.pointee.co_localsplusnames))
    }
    /// The name of the function or class, or `<module>`.
    public var name: BorrowedReference { unsafe Self.field(self.layout.pointee.co_name) }
    /// The qualified name, which includes the names of the enclosing functions and classes.
    var qualifiedName: BorrowedReference { unsafe Self.field(self.layout.pointee.co_qualname) }
    public var fileName: BorrowedReference { unsafe Self.field(self.layout.pointee.co_filename) }
    public var firstLine: Int { unsafe Int(self.layout.pointee.co_firstlineno) }

    /// Whether calling the code creates a generator or coroutine instead of running it.
    public var isGenerator: Bool {
        unsafe self.layout.pointee.co_flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR) != 0
    }

    /// Whether the code is the body of an `async def`.
    public var isCoroutine: Bool { unsafe self.layout.pointee.co_flags & CO_COROUTINE != 0 }

    /// Whether the code is the body of an `async def`, with or without `yield`.
    public var isAsynchronous: Bool {
        unsafe self.layout.pointee.co_flags & (CO_COROUTINE | CO_ASYNC_GENERATOR) != 0
    }

    /// The numbers of a function's parameters. They come first in ``localNames``, those that are passed by keyword only
    /// after the others.
    public struct Parameters {
        public let positionalOnly: Int
        /// Those that may be passed by position, including ``positionalOnly``.
        public let positional: Int
        /// All but `*args` and `**kwargs`.
        public let named: Int
        /// Whether there is a parameter like `*args`.
        public let takesMorePositional: Bool
    }

    public var parameters: Parameters {
        let code = unsafe self.layout
        return Parameters(
            positionalOnly: unsafe Int(code.pointee.co_posonlyargcount),
            positional: unsafe Int(code.pointee.co_argcount),
            named: unsafe Int(code.pointee.co_argcount + code.pointee.co_kwonlyargcount),
            takesMorePositional: unsafe code.pointee.co_flags & CO_VARARGS != 0
        )
    }

    /// Whether the code keeps its variables in a dictionary, as the body of a module or a class does.
    public var usesNamespace: Bool { unsafe self.layout.pointee.co_flags & CO_OPTIMIZED == 0 }

    /// The code objects among the constants: functions, classes, lambdas and comprehensions.
    public var nested: some Sequence<CodeObject> { self.constants.lazy.compactMap { CodeObject($0) } }

    /// The first nested code object. In the code of a wrapper module, it is the body of the wrapper function.
    var firstNested: CodeObject? {
        for nested in self.nested { return nested }
        return nil
    }

    /// The name that an instruction of this code refers to; nil if its index is out of range.
    @inlinable
    public func name(of instruction: Instruction) -> BorrowedReference? {
        let names = self.names
        return instruction.argument < names.count ? names[instruction.argument] : nil
    }

    /// The constant that an instruction of this code loads; nil if its index is out of range.
    @inlinable
    public func constant(of instruction: Instruction) -> BorrowedReference? {
        guard instruction.argument >= 0 else {
            return unsafe BorrowedReference(CPython_smallInteger(-1 - instruction.argument))
        }
        let constants = self.constants
        return instruction.argument < constants.count ? constants[instruction.argument] : nil
    }

    @usableFromInline
    static func field(_ pointer: PyPointer?) -> BorrowedReference {
        guard let object = unsafe BorrowedReference(pointer) else { preconditionFailure("a code object lacks a field") }
        return object
    }
}
