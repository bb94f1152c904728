import CPython
import PythonRuntime

/// Guards `__reduce__` of methods and descriptors. Its result contains the `getattr` of the innermost frame's
/// built-ins. If library code calls it, this is the interpreter's own `getattr`, which a task could pass to library
/// code as a callback to read guarded attributes. The guard puts a task's `getattr` in its place, which copies an
/// object as well.
@safe
struct ReductionPatch {
    /// The original functions, by type. Python code cannot subclass these types.
    private var originals: [Original] = []

    @safe
    private struct Original {
        let type: TypeObject
        let function: PyCFunction
    }

    mutating func install() throws(PythonException) {
        let types = unsafe [
            TypeObject(CPython_CFunction_Type()), TypeObject(CPython_Method_Type()),
            TypeObject(CPython_MethodDescr_Type()), TypeObject(CPython_GetSetDescr_Type()),
            TypeObject(CPython_MemberDescr_Type()), TypeObject(CPython_WrapperDescr_Type()),
            TypeObject(CPython_MethodWrapper_Type()),
        ]
        // The other types inherit the method of `object`, whose result does not contain `getattr`.
        for type in types where type.dictionary?["__reduce__"] != nil {
            let original = unsafe try MethodPatch.replace("__reduce__", of: type, flags: METH_NOARGS) { receiver, _ in
                PolicyGuard.answering { (policy) throws(PythonException) in
                    guard let object = unsafe BorrowedReference(receiver),
                        let original = unsafe policy.lookups.reductions.original(for: object.type)
                    else { return .none }
                    let reduction = unsafe try PythonReference(checking: original(receiver, nil))
                    return try policy.lookups.reduction(reduction)
                }
            }
            guard let function = unsafe original.ml_meth else { continue }
            unsafe self.originals.append(Original(type: type, function: function))
        }
    }

    private func original(for type: TypeObject) -> PyCFunction? {
        if let exact = self.originals.first(where: { $0.type == type }) { return unsafe exact.function }
        // Methods that know their class have a type of their own, derived from that of built-in functions.
        let base = self.originals.first { unsafe PyType_IsSubtype(type.pointer, $0.type.pointer) != 0 }
        return unsafe base?.function
    }
}
