import CPython
import PythonRuntime

/// Guards `__reduce__` of methods and descriptors. CPython answers with the `getattr` of the innermost frame's built-ins,
/// which is the interpreter's own when a library calls it. A task that gets hold of that one could aim it. The guard
/// answers with a task's `getattr`, which copies as well.
@safe
struct ReductionPatch {
    /// The original functions, by type. No type among them can be subclassed.
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
        // Those without the method answer nothing, as any object does.
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
