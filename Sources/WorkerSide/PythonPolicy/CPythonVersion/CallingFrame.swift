import CPython
import PythonRuntime

/// A Python frame that is being executed. By default it is the innermost frame, which called the C function that runs
/// now.
@safe
struct CallingFrame: ~Copyable {
    private let frame: PythonReference
    private let codeReference: PythonReference

    /// The innermost frame; nil when no Python code runs, as in a finaliser at interpreter shutdown.
    init?() {
        guard let frame = unsafe PyThreadState_GetFrame(PyThreadState_Get()) else { return nil }
        unsafe self.init(frame)
    }

    /// Takes over a reference to a frame.
    private init(_ frame: OpaquePointer) {
        guard let code = unsafe PyFrame_GetCode(frame) else { preconditionFailure("a frame without code") }
        self.frame = unsafe PythonReference(owning: UnsafeMutablePointer<PyObject>(frame))
        self.codeReference = unsafe PythonReference(
            owning: UnsafeMutableRawPointer(code).assumingMemoryBound(to: PyObject.self)
        )
    }

    private var pointer: OpaquePointer {
        unsafe OpaquePointer(self.frame.pointer)
    }

    /// The code that the frame executes; borrowed from this value.
    var code: CodeObject {
        guard let code = unsafe CodeObject(self.codeReference.borrowed) else {
            preconditionFailure("a frame without code")
        }
        return code
    }

    /// The namespace of the frame's module. The reference is owned, because the frame may end before it is used.
    var globals: PythonReference? {
        unsafe PyFrame_GetGlobals(self.pointer).map { unsafe PythonReference(owning: $0) }
    }

    /// The frame's local variables, as a dictionary. For the frame of a function, it is a copy.
    func locals() throws(PythonException) -> PythonReference {
        unsafe try PythonReference(checking: CPython_Frame_locals(self.pointer))
    }

    /// Whether `builtins` is the dictionary in which the frame looks up built-ins.
    func hasBuiltins(_ builtins: DictionaryObject) -> Bool {
        guard let own = unsafe PyFrame_GetBuiltins(self.pointer) else { return false }
        return unsafe PythonReference(owning: own).borrowed == builtins.object
    }

    /// The offset of the instruction that the frame executes, in bytes.
    var instructionOffset: Int { unsafe Int(PyFrame_GetLasti(self.pointer)) }

    /// The name of the function, or `<module>`.
    var functionName: String {
        (try? PythonText.string(self.code.name)) ?? ""
    }

    /// The file that the code comes from.
    var fileName: String {
        (try? PythonText.string(self.code.fileName)) ?? ""
    }

    /// A local variable; nil if it has no value.
    func local(_ name: StaticString) throws(PythonException) -> PythonReference? {
        try self.locals().entry(name)
    }

    /// The frame that called this one; nil for the outermost.
    func caller() -> CallingFrame? {
        guard let back = unsafe PyFrame_GetBack(self.pointer) else { return nil }
        return unsafe CallingFrame(back)
    }
}
