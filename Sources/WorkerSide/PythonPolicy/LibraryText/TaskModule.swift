import CPython
import PythonRuntime

/// Stands for the task's own module, and for its namespace, where a library reads or writes the variables of a module that a
/// caller names: neither reaches the built-ins in that namespace.
///
/// The type is implemented in C without state. Its instance is its own `__dict__`, which has `items`, `update` and
/// assignment to items.
enum TaskModule {
    /// Makes an instance, which lives as long as Python refers to it.
    static func make() throws(PythonException) -> PythonReference {
        let slots = UnsafeMutablePointer<PyType_Slot>.allocate(capacity: 4)
        defer { unsafe slots.deallocate() }
        // Never freed: the type points to them.
        let methods = UnsafeMutablePointer<PyMethodDef>.allocate(capacity: 3)
        unsafe methods.initialize(
            to: PyMethodDef(
                ml_name: ("items" as StaticString).cString,
                ml_meth: Self.items,
                ml_flags: METH_NOARGS,
                ml_doc: nil
            )
        )
        unsafe (methods + 1).initialize(
            to: PyMethodDef(
                ml_name: ("update" as StaticString).cString,
                ml_meth: Self.update,
                ml_flags: METH_O,
                ml_doc: nil
            )
        )
        unsafe (methods + 2).initialize(to: PyMethodDef())
        let attributes = UnsafeMutablePointer<PyGetSetDef>.allocate(capacity: 2)
        unsafe attributes.initialize(
            to: PyGetSetDef(
                name: ("__dict__" as StaticString).cString,
                get: Self.itself,
                set: nil,
                doc: nil,
                closure: nil
            )
        )
        unsafe (attributes + 1).initialize(to: PyGetSetDef())
        unsafe slots.initialize(to: PyType_Slot(slot: Py_tp_methods, pfunc: UnsafeMutableRawPointer(methods)))
        unsafe (slots + 1).initialize(to: PyType_Slot(slot: Py_tp_getset, pfunc: UnsafeMutableRawPointer(attributes)))
        unsafe (slots + 2).initialize(
            to: PyType_Slot(slot: Py_mp_ass_subscript, pfunc: CPython_erasingSetAttribute(Self.setItem))
        )
        unsafe (slots + 3).initialize(to: PyType_Slot(slot: 0, pfunc: nil))
        var specification = unsafe PyType_Spec(
            name: ("terrarium.TaskModule" as StaticString).cString,
            basicsize: Int32(MemoryLayout<PyObject>.size),
            itemsize: 0,
            flags: UInt32(Py_TPFLAGS_DEFAULT),
            slots: slots
        )
        let type = unsafe try PythonReference(checking: PyType_FromSpec(&specification))
        return try type.call()
    }

    private static let itself: getter = { module, _ in
        guard let module = unsafe module else { return nil }
        unsafe CPython_INCREF(module)
        return unsafe module
    }

    private static let items: PyCFunction = { _, _ in
        PolicyGuard.answering { (policy) throws(PythonException) in
            guard let main = policy.context.loadedModule("__main__") else { return try .list() }
            let copy = try main.namespace.copy()
            if unsafe copy.dictionary["__builtins__"] != nil { unsafe try copy.dictionary.remove("__builtins__") }
            return try copy.attribute("items").call()
        }
    }

    private static let update: PyCFunction = { _, argument in
        PolicyGuard.answering { (policy) throws(PythonException) in
            guard let given = unsafe BorrowedReference(argument) else { return .none }
            let values = try PythonReference.dictionary()
            unsafe try checking(PyDict_Update(values.pointer, given.pointer))
            for (key, value) in unsafe values.dictionary.entries {
                try Self.store(value, for: key, policy)
            }
            return .none
        }
    }

    private static let setItem: objobjargproc = { _, key, value in
        guard let policy = unsafe PolicyGuard.current, let key = unsafe BorrowedReference(key) else { return -1 }
        guard let value = unsafe BorrowedReference(value) else {
            PythonException.setPending(.typeError, "variables of the task's module are not deleted by library code")
            return -1
        }
        do throws(PythonException) {
            try Self.store(value, for: key, policy)
            return 0
        } catch {
            error.restore()
            return -1
        }
    }

    private static func store(
        _ value: BorrowedReference,
        for key: BorrowedReference,
        _ policy: PolicyGuard
    ) throws(PythonException) {
        guard key.isExactString, !PythonText.equals(key, "__builtins__"),
            let main = policy.context.loadedModule("__main__")
        else { return }
        try main.namespace.set(value, for: key)
    }
}
