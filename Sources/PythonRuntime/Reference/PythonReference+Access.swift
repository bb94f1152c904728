import CPython

/// Attributes, calls, dictionaries and lists of an owned object, with failures as Swift errors.
extension PythonReference {
    /// The attribute of that name, by the ordinary protocol: may run the object's own code.
    func attribute(_ name: StaticString) throws(PythonException) -> PythonReference {
        unsafe try PythonReference(checking: PyObject_GetAttrString(self.pointer, name.cString))
    }

    /// Sets an attribute by the ordinary protocol.
    func setAttribute(_ name: StaticString, _ value: borrowing PythonReference) throws(PythonException) {
        unsafe try checking(PyObject_SetAttrString(self.pointer, name.cString, value.pointer))
    }

    /// Calls the object without arguments.
    func call() throws(PythonException) -> PythonReference {
        unsafe try PythonReference(checking: PyObject_CallNoArgs(self.pointer))
    }

    /// Calls the object with one positional argument.
    func call(_ argument: borrowing PythonReference) throws(PythonException) -> PythonReference {
        unsafe try PythonReference(checking: PyObject_CallOneArg(self.pointer, argument.pointer))
    }

    /// Calls the object with a tuple of positional arguments.
    func call(tuple: borrowing PythonReference) throws(PythonException) -> PythonReference {
        unsafe try PythonReference(checking: PyObject_Call(self.pointer, tuple.pointer, nil))
    }

    /// Calls the object with a tuple of positional arguments and a dictionary of keyword arguments.
    func call(
        tuple: borrowing PythonReference,
        keywords: PyPointer
    ) throws(PythonException) -> PythonReference {
        unsafe try PythonReference(checking: PyObject_Call(self.pointer, tuple.pointer, keywords))
    }

    /// A new empty dictionary.
    static func dictionary() throws(PythonException) -> PythonReference {
        unsafe try PythonReference(checking: PyDict_New())
    }

    /// A new empty list.
    static func list() throws(PythonException) -> PythonReference {
        unsafe try PythonReference(checking: PyList_New(0))
    }

    /// Sets an entry of this dictionary; for a subclass too, its own methods are not called.
    func setEntry(_ key: StaticString, _ value: borrowing PythonReference) throws(PythonException) {
        unsafe try checking(PyDict_SetItemString(self.pointer, key.cString, value.pointer))
    }

    /// Sets an entry of this dictionary under a key that is a Python object.
    func setEntry(
        _ key: borrowing PythonReference,
        _ value: borrowing PythonReference
    ) throws(PythonException) {
        unsafe try checking(PyDict_SetItem(self.pointer, key.pointer, value.pointer))
    }

    /// The entry of this dictionary under `key`, or nil; looked up in the storage, without `__missing__`.
    func entry(_ key: StaticString) throws(PythonException) -> PythonReference? {
        let key = try PythonText.interned(key)
        return try self.entry(key)
    }

    /// The entry of this dictionary under `key`, or nil; looked up in the storage, without `__missing__`.
    func entry(_ key: borrowing PythonReference) throws(PythonException) -> PythonReference? {
        guard let value = unsafe PyDict_GetItemWithError(self.pointer, key.pointer) else {
            if unsafe PyErr_Occurred() != nil { throw PythonException.takePending() }
            return nil
        }
        return unsafe PythonReference(borrowing: value)
    }

    /// Appends to this list.
    func append(_ value: borrowing PythonReference) throws(PythonException) {
        unsafe try checking(PyList_Append(self.pointer, value.pointer))
    }

    /// Imports a module with the interpreter's own importer, whatever a task may import.
    static func importing(_ name: StaticString) throws(PythonException) -> PythonReference {
        unsafe try PythonReference(checking: PyImport_ImportModule(name.cString))
    }
}

extension StaticString {
    /// The text as a C string that lives as long as the process.
    var cString: UnsafePointer<CChar> {
        unsafe UnsafeRawPointer(self.utf8Start).assumingMemoryBound(to: CChar.self)
    }
}
