import CPython
import PythonRuntime

/// Tells whether an instruction of the innermost frame makes a code object, or a function of a code object.
///
/// The audit hook permits both to library code. A task can make library code call a C function of the task's choosing,
/// such as a `functools.partial` in place of a method, which would then make them in the library's frame. The arguments
/// of such a call are not on the frame's stack.
@safe
struct CodeMakerPatch {
    /// Whether the call that is being made comes from an instruction of the innermost frame.
    private(set) var isDirect = false
    /// The original `code.replace`.
    private var replace: PyCFunction?

    mutating func install() throws(PythonException) {
        for type in unsafe [TypeObject(CPython_Code_Type()), TypeObject(CPython_Function_Type())] {
            guard unsafe type.pointer.pointee.tp_vectorcall == nil else {
                throw PythonException.make(.systemError, "the type \(type.cName) is called differently here")
            }
            unsafe type.pointer.pointee.tp_vectorcall = unsafe Self.call
        }
        let original = unsafe try MethodPatch.replace(
            "replace",
            of: TypeObject(CPython_Code_Type()),
            flags: METH_FASTCALL | METH_KEYWORDS,
            CPython_erasingFastcallKeywords { receiver, arguments, count, names in
                unsafe CodeMakerPatch.run(receiver, arguments, count, names) { (policy) in
                    guard let replace = unsafe policy.lookups.makers.replace else { return nil }
                    return unsafe CPython_callFastWithKeywords(replace, receiver, arguments, count, names)
                }
            }
        )
        unsafe self.replace = unsafe original.ml_meth
    }

    private static let call: vectorcallfunc = { type, arguments, count, names in
        guard let type = unsafe type else { return nil }
        let positional = PyVectorcall_NARGS(count)
        return unsafe CodeMakerPatch.run(type, arguments, positional, names) { _ in
            unsafe CPython_callSlowly(type, arguments, positional, names)
        }
    }

    private static func run(
        _ callee: PyPointer?,
        _ arguments: UnsafePointer<PyPointer?>?,
        _ positional: Int,
        _ names: PyPointer?,
        _ body: (PolicyGuard) -> PyPointer?
    ) -> PyPointer? {
        guard let policy = unsafe PolicyGuard.current, let callee = unsafe callee else { return nil }
        let outer = policy.lookups.makers.isDirect
        let count = unsafe positional + (BorrowedReference(names).flatMap { TupleObject($0) }?.count ?? 0)
        policy.lookups.makers.isDirect =
            unsafe InnermostFrame()?.makesCall(of: callee, with: arguments, count) ?? false
        defer { policy.lookups.makers.isDirect = outer }
        return unsafe body(policy)
    }
}
