import CPython
import PythonRuntime

/// A borrowed view of the frame that the interpreter executes, or of one of its callers. It is valid while the C function
/// that made it runs.
///
/// Guards use it on every guarded read. ``CallingFrame``, which uses public functions, is slower, because it makes a
/// frame object for each frame.
@safe
struct InnermostFrame {
    private let frame: UnsafePointer<CPython_InterpreterFrame>

    /// The innermost Python frame; nil when no Python code runs, as in a thread whose target is a C function.
    init?() {
        guard let frame = unsafe CPython_innermostFrame() else { return nil }
        unsafe self.frame = unsafe frame
    }

    private init(_ frame: UnsafePointer<CPython_InterpreterFrame>) {
        unsafe self.frame = unsafe frame
    }

    /// The frame that called this one; nil for the outermost.
    var caller: InnermostFrame? {
        unsafe CPython_Frame_previous(self.frame).map { unsafe InnermostFrame($0) }
    }

    /// The dictionary in which the frame looks up built-ins.
    var builtins: BorrowedReference { unsafe BorrowedReference(self.frame.pointee.builtins) }

    /// The code that the frame executes.
    var code: BorrowedReference { unsafe BorrowedReference(CPython_Frame_code(self.frame)) }

    /// The frame's address, which no other frame has while this one runs.
    var identity: Int { unsafe Int(bitPattern: self.frame) }

    /// Whether C code called the frame's function, rather than an instruction of the frame before.
    var isCalledByC: Bool { unsafe CPython_Frame_isCalledByC(self.frame) != 0 }

    /// The offset of the instruction that the frame executes, in bytes, as in `Instruction.byteOffset`.
    var instructionOffset: Int { unsafe CPython_Frame_offset(self.frame) }

    /// Whether the frame's own instruction makes the call with these arguments, rather than a C function that the
    /// instruction called. The arguments then are on the frame's stack, or in the tuple of a call `f(*arguments)`.
    ///
    /// - Parameters:
    ///   - callee: The type that is called, or the receiver of the method that is called.
    ///   - arguments: The first argument.
    ///   - count: The number of arguments, including those passed by name.
    /// - Returns: False when C code makes the call, or when the frame's instruction passes other objects.
    func makesCall(of callee: PyPointer, with arguments: UnsafePointer<PyPointer?>?, _ count: Int) -> Bool {
        unsafe CPython_Frame_isPassing(self.frame, callee, arguments, count) != 0
    }

    /// Compares the structure with the public functions of this interpreter, for a frame and its caller.
    ///
    /// - Parameter builtins: The interpreter's own built-ins.
    /// - Throws: A `SystemError` when they differ: the guards would then read other memory.
    static func verify(_ builtins: DictionaryObject) throws(PythonException) {
        let check = try PythonFunction.make("check") { _, _, _, _ in
            guard let frame = InnermostFrame(), let caller = frame.caller, let known = CallingFrame(),
                let knownCaller = known.caller(), frame.code == known.code.object,
                caller.code == knownCaller.code.object, caller.instructionOffset == knownCaller.instructionOffset,
                !frame.isCalledByC, caller.isCalledByC,
                unsafe known.hasBuiltins(DictionaryObject(unchecked: frame.builtins)),
                unsafe knownCaller.hasBuiltins(DictionaryObject(unchecked: caller.builtins))
            else {
                PythonException.setPending(
                    .systemError,
                    "this interpreter has other frames than those that guards read"
                )
                return nil
            }
            return unsafe BorrowedReference.none.owned.release()
        }
        let namespace = try PythonReference.dictionary()
        try namespace.setEntry("check", check)
        unsafe try namespace.dictionary.set(builtins.object, for: "__builtins__")
        _ = unsafe try PythonReference(
            checking: PyRun_String("(lambda: check())()", Py_eval_input, namespace.pointer, namespace.pointer)
        )
    }
}
