import CPython
import PythonRuntime

/// Replaces the module `warnings` in the instances of `warnings.catch_warnings`, which save and restore some of the
/// module's variables.
///
/// The type is implemented in C without state. Its instances have these variables and no others. So neither an instance
/// nor a class that a task changes or derives leads to the real module.
enum WarningsStandIn {
    /// The variables that the class reads, on any supported version of CPython.
    private static let readable: [StaticString] = [
        "filters", "showwarning", "_showwarnmsg_impl", "_showwarning_orig", "_filters_mutated",
        "_filters_mutated_lock_held", "_lock",
    ]
    private static let writable: [StaticString] = ["filters", "showwarning", "_showwarnmsg_impl"]

    /// Makes an instance, which lives as long as Python refers to it.
    static func make() throws(PythonException) -> PythonReference {
        let get: getattrofunc = { receiver, name in
            guard let name = unsafe BorrowedReference(name),
                let module = WarningsStandIn.module(having: name, among: WarningsStandIn.readable)
            else { return unsafe PyObject_GenericGetAttr(receiver, name) }
            return unsafe PyObject_GetAttr(module.object.pointer, name.pointer)
        }
        let set: setattrofunc = { receiver, name, value in
            guard let name = unsafe BorrowedReference(name),
                let module = WarningsStandIn.module(having: name, among: WarningsStandIn.writable)
            else { return unsafe PyObject_GenericSetAttr(receiver, name, value) }
            return unsafe PyObject_SetAttr(module.object.pointer, name.pointer, value)
        }
        return unsafe try StatelessObject.make(
            "terrarium.WarningsStandIn",
            slots: [
                PyType_Slot(slot: Py_tp_getattro, pfunc: CPython_erasingBinary(get)),
                PyType_Slot(slot: Py_tp_setattro, pfunc: CPython_erasingSetAttribute(set)),
            ]
        )
    }

    /// The real module, if it has the variable of that name and the name is one of these.
    private static func module(having name: BorrowedReference, among names: [StaticString]) -> ModuleObject? {
        guard names.contains(where: { PythonText.equals(name, $0) }), let policy = unsafe PolicyGuard.current,
            let module = policy.context.loadedModule("warnings"), module.namespace[name] != nil
        else { return nil }
        return module
    }
}
