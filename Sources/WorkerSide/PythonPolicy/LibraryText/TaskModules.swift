import CPython
import PythonRuntime

/// A mapping from module names to modules with at most two entries: the task's own module, and a library module that
/// looks itself up while it is imported. It replaces `sys.modules` where library code would look up a name that a task
/// chose.
///
/// The type is implemented in C without state, so Python code can read no reference from it.
enum TaskModules {
    /// Makes a mapping, which lives as long as Python refers to it.
    static func make() throws(PythonException) -> PythonReference {
        // Never freed: the type points to its methods.
        let methods = UnsafeMutablePointer<PyMethodDef>.allocate(capacity: 2)
        let get: PyCFunction = { _, arguments in
            PolicyGuard.answering { (policy) throws(PythonException) in
                guard let given = unsafe BorrowedReference(arguments).flatMap({ TupleObject($0) }),
                    let name = given.first
                else { return .none }
                if let module = try TaskModules.module(named: name, policy) { return module }
                return given.count > 1 ? given[1].owned : .none
            }
        }
        unsafe methods.initialize(
            to: PyMethodDef(
                ml_name: ("get" as StaticString).cString,
                ml_meth: get,
                ml_flags: METH_VARARGS,
                ml_doc: nil
            )
        )
        unsafe (methods + 1).initialize(to: PyMethodDef())
        let lookUp: binaryfunc = { _, name in
            PolicyGuard.answering { (policy) throws(PythonException) in
                guard let name = unsafe BorrowedReference(name) else { return .none }
                guard let module = try TaskModules.module(named: name, policy) else {
                    unsafe PyErr_SetObject(ExceptionClass.keyError.object.pointer, name.pointer)
                    throw PythonException.takePending()
                }
                return module
            }
        }
        return unsafe try StatelessObject.make(
            "terrarium.TaskModules",
            slots: [
                PyType_Slot(slot: Py_mp_subscript, pfunc: CPython_erasingBinary(lookUp)),
                PyType_Slot(slot: Py_tp_methods, pfunc: UnsafeMutableRawPointer(methods)),
            ]
        )
    }

    private static func module(
        named name: BorrowedReference,
        _ policy: PolicyGuard
    ) throws(PythonException) -> PythonReference? {
        guard name.isExactString, let module = policy.context.loadedModule(name) else { return nil }
        if PythonText.equals(name, "__main__") { return try TaskModule.make() }
        return policy.evaluators.isImporting(namespace: module.namespace.object) ? module.object.owned : nil
    }
}
