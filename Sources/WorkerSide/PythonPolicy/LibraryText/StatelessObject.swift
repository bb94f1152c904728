import CPython
import PythonRuntime

/// Makes the one instance of a type that is implemented in C without state, so that Python code can read no reference
/// from it.
enum StatelessObject {
    /// Makes the type and its instance.
    ///
    /// - Parameters:
    ///   - name: The type's name, with a module's name before it.
    ///   - slots: The slots of the type, without the entry that ends the list.
    /// - Returns: The instance, which lives as long as Python refers to it.
    /// - Throws: ``PythonException`` when memory is used up.
    static func make(_ name: StaticString, slots: [PyType_Slot]) throws(PythonException) -> PythonReference {
        // PyType_FromSpec copies the list.
        let list = unsafe UnsafeMutableBufferPointer<PyType_Slot>.allocate(capacity: slots.count + 1)
        defer { unsafe list.deallocate() }
        _ = unsafe list.initialize(from: slots + [PyType_Slot(slot: 0, pfunc: nil)])
        var specification = unsafe PyType_Spec(
            name: name.cString,
            basicsize: Int32(MemoryLayout<PyObject>.size),
            itemsize: 0,
            flags: UInt32(Py_TPFLAGS_DEFAULT),
            slots: list.baseAddress
        )
        let type = unsafe try PythonReference(checking: PyType_FromSpec(&specification))
        return try type.call()
    }
}
