import CPython
import PythonRuntime

/// The check before `object.__getstate__` (CPython 3.11): whether a task may have the state of an object.
enum ObjectState {
    /// Refuses the state of a class. For an instance, makes the test that CPython makes before it copies or pickles the
    /// instance.
    ///
    /// In CPython 3.11, `object.__getstate__(int)` returns the class's real dictionary, through which a task could
    /// change every guard. CPython makes its own test (`object_getstate_default` in typeobject.c) only if a parameter
    /// `required` is set, and the guard's function cannot pass that parameter. So the test is made here, for every call.
    static func check(_ object: BorrowedReference) throws(PythonException) {
        guard !object.isType else { throw PythonException.make(.typeError, "a class has no state to copy") }
        // CPython skips the test for a type that overrides `__reduce__` or `__reduce_ex__`.
        for method: StaticString in ["__reduce__", "__reduce_ex__"] {
            let name = try PythonText.interned(method)
            guard unsafe object.type.lookUp(name.borrowed) == TypeObject.baseObject.lookUp(name.borrowed) else {
                return
            }
        }
        guard !object.isList, !object.isDictionary else { return }
        for name: StaticString in ["__getnewargs_ex__", "__getnewargs__"] {
            let key = try PythonText.interned(name)
            guard try object.attributeIfPresent(key) == nil else { return }
        }
        // The reference is owned: the calls below may run code of the task that changes the object's class.
        let owner = object.type.object.owned
        guard let type = unsafe TypeObject(owner.borrowed) else {
            preconditionFailure("the type of an object is a type")
        }
        let layout = unsafe type.pointer
        let pointerSize = MemoryLayout<Int>.size
        var size = unsafe TypeObject.baseObject.pointer.pointee.tp_basicsize
        if unsafe layout.pointee.tp_dictoffset != 0, unsafe layout.pointee.tp_flags & UInt(Py_TPFLAGS_MANAGED_DICT) == 0
        {
            size += pointerSize
        }
        if unsafe layout.pointee.tp_weaklistoffset > 0 { size += pointerSize }
        if unsafe layout.pointee.tp_itemsize == 0, unsafe layout.pointee.tp_basicsize > size {
            let copyreg = try PythonReference.importing("copyreg")
            let slots = try copyreg.attribute("_slotnames").call(owner)
            if let names = unsafe ListObject(slots.borrowed) { size += pointerSize * names.count }
        }
        guard unsafe layout.pointee.tp_itemsize == 0, unsafe layout.pointee.tp_basicsize <= size else {
            throw PythonException.make(.typeError, "cannot pickle '\(type.cName)' object")
        }
    }
}
