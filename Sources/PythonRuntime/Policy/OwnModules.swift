import CPython

/// A mapping from module names to modules that knows two: the task's own, and a library module that is being imported
/// and asks for itself. It stands in for `sys.modules` where library code would look up what a task names.
enum OwnModules {
    /// A new mapping.
    static func make() throws(PythonException) -> PythonReference {
        let slots = UnsafeMutablePointer<PyType_Slot>.allocate(capacity: 3)
        let methods = UnsafeMutablePointer<PyMethodDef>.allocate(capacity: 2)
        unsafe methods.initialize(
            to: PyMethodDef(
                ml_name: ("get" as StaticString).cString,
                ml_meth: { _, arguments in
                    unsafe PolicyGuard.answering { (policy) throws(PythonException) in
                        guard let arguments = unsafe arguments, unsafe CPython_Tuple_GET_SIZE(arguments) > 0 else {
                            return .none
                        }
                        let name = unsafe CPython_Tuple_GET_ITEM(arguments, 0)
                        if let module = unsafe OwnModules.module(named: name, policy) {
                            return unsafe PythonReference(borrowing: module)
                        }
                        guard unsafe CPython_Tuple_GET_SIZE(arguments) > 1 else { return .none }
                        return unsafe PythonReference(borrowing: CPython_Tuple_GET_ITEM(arguments, 1))
                    }
                },
                ml_flags: METH_VARARGS,
                ml_doc: nil
            )
        )
        unsafe (methods + 1).initialize(to: PyMethodDef())
        let lookUp: binaryfunc = { _, name in
            unsafe PolicyGuard.answering { (policy) throws(PythonException) in
                guard let name = unsafe name else { return .none }
                guard let module = unsafe OwnModules.module(named: name, policy) else {
                    unsafe PyErr_SetObject(CPython_Exc_KeyError(), name)
                    throw PythonException.takePending()
                }
                return unsafe PythonReference(borrowing: module)
            }
        }
        unsafe slots.initialize(
            to: PyType_Slot(slot: Py_mp_subscript, pfunc: CPython_erasingBinary(lookUp))
        )
        unsafe (slots + 1).initialize(to: PyType_Slot(slot: Py_tp_methods, pfunc: UnsafeMutableRawPointer(methods)))
        unsafe (slots + 2).initialize(to: PyType_Slot(slot: 0, pfunc: nil))
        var specification = unsafe PyType_Spec(
            name: ("terrarium.OwnModules" as StaticString).cString,
            basicsize: Int32(MemoryLayout<PyObject>.size),
            itemsize: 0,
            flags: UInt32(Py_TPFLAGS_DEFAULT),
            slots: slots
        )
        let type = unsafe try PythonReference(checking: PyType_FromSpec(&specification))
        return unsafe try PythonReference(checking: PyObject_CallNoArgs(type.pointer))
    }

    private static func module(named name: PyPointer, _ policy: PolicyGuard) -> PyPointer? {
        guard unsafe CPython_Unicode_CheckExact(name) != 0, let module = unsafe PyDict_GetItem(policy.modules, name),
            unsafe CPython_Module_Check(module) != 0
        else { return nil }
        if unsafe PythonText.equals(name, "__main__") { return unsafe module }
        return unsafe policy.isImporting(namespace: PyModule_GetDict(module)) ? module : nil
    }
}
