import CPython

/// Attributes and calls, with failures as Swift errors.
extension BorrowedReference {
    /// The attribute of that name, read by the attribute protocol, which may run the object's own code.
    public func attribute(_ name: StaticString) throws(PythonException) -> PythonReference {
        unsafe try PythonReference(checking: PyObject_GetAttrString(self.pointer, name.cString))
    }

    /// The attribute of that name, read by the attribute protocol, which may run the object's own code.
    public func attribute(_ name: BorrowedReference) throws(PythonException) -> PythonReference {
        unsafe try PythonReference(checking: PyObject_GetAttr(self.pointer, name.pointer))
    }

    /// The attribute of that name, read by the attribute protocol, which may run the object's own code.
    public func attribute(_ name: borrowing PythonReference) throws(PythonException) -> PythonReference {
        unsafe try self.attribute(name.borrowed)
    }

    /// The attribute of that name; nil when reading it raises an `AttributeError`.
    public func attributeIfPresent(_ name: borrowing PythonReference) throws(PythonException) -> PythonReference? {
        var value: PyPointer?
        guard unsafe CPython_Object_lookupAttribute(self.pointer, name.pointer, &value) >= 0 else {
            throw PythonException.takePending()
        }
        guard let value = unsafe value else { return nil }
        return unsafe PythonReference(owning: value)
    }

    /// Sets an attribute by the attribute protocol, which may run the object's own code; nil deletes it.
    public func setAttribute(_ name: BorrowedReference, _ value: BorrowedReference?) throws(PythonException) {
        unsafe try checking(PyObject_SetAttr(self.pointer, name.pointer, value?.pointer))
    }

    /// Sets an attribute by the attribute protocol, which may run the object's own code; nil deletes it.
    public func setAttribute(_ name: borrowing PythonReference, _ value: BorrowedReference?) throws(PythonException) {
        unsafe try self.setAttribute(name.borrowed, value)
    }

    /// Sets an attribute by the attribute protocol, which may run the object's own code.
    public func setAttribute(_ name: StaticString, _ value: borrowing PythonReference) throws(PythonException) {
        unsafe try checking(PyObject_SetAttrString(self.pointer, name.cString, value.pointer))
    }

    /// The result of `str()`, which may run the object's own code.
    public func text() throws(PythonException) -> PythonReference {
        unsafe try PythonReference(checking: PyObject_Str(self.pointer))
    }
}

/// The attribute operations of ``BorrowedReference`` on an owned object, calls of it, and operations on dictionaries
/// and lists.
extension PythonReference {
    /// The attribute of that name, read by the attribute protocol, which may run the object's own code.
    public func attribute(_ name: StaticString) throws(PythonException) -> PythonReference {
        unsafe try self.borrowed.attribute(name)
    }

    /// The attribute of that name; nil when reading it raises an `AttributeError`.
    public func attributeIfPresent(_ name: borrowing PythonReference) throws(PythonException) -> PythonReference? {
        unsafe try self.borrowed.attributeIfPresent(name)
    }

    /// Sets an attribute by the attribute protocol, which may run the object's own code.
    public func setAttribute(_ name: StaticString, _ value: borrowing PythonReference) throws(PythonException) {
        unsafe try self.borrowed.setAttribute(name, value)
    }

    /// Calls the object without arguments.
    @discardableResult
    public func call() throws(PythonException) -> PythonReference {
        unsafe try PythonReference(checking: PyObject_CallNoArgs(self.pointer))
    }

    /// Calls the object with one positional argument.
    @discardableResult
    public func call(_ argument: borrowing PythonReference) throws(PythonException) -> PythonReference {
        unsafe try PythonReference(checking: PyObject_CallOneArg(self.pointer, argument.pointer))
    }

    /// Calls the object with a tuple of positional arguments.
    @discardableResult
    public func call(tuple: borrowing PythonReference) throws(PythonException) -> PythonReference {
        unsafe try PythonReference(checking: PyObject_Call(self.pointer, tuple.pointer, nil))
    }

    /// Calls the object with a tuple of positional arguments and a dictionary of keyword arguments.
    @discardableResult
    public func call(
        tuple: borrowing PythonReference,
        keywords: borrowing PythonReference
    ) throws(PythonException) -> PythonReference {
        unsafe try PythonReference(checking: PyObject_Call(self.pointer, tuple.pointer, keywords.pointer))
    }

    /// Calls the object with these positional arguments, which the caller owns.
    @discardableResult
    public func call(_ arguments: [BorrowedReference]) throws(PythonException) -> PythonReference {
        try self.call(tuple: try PythonReference.tuple(arguments))
    }

    /// A new empty dictionary.
    public static func dictionary() throws(PythonException) -> PythonReference {
        unsafe try PythonReference(checking: PyDict_New())
    }

    /// A new empty list.
    public static func list() throws(PythonException) -> PythonReference {
        unsafe try PythonReference(checking: PyList_New(0))
    }

    /// A new tuple of these objects.
    public static func tuple(_ elements: [BorrowedReference]) throws(PythonException) -> PythonReference {
        let tuple = unsafe try PythonReference(checking: PyTuple_New(elements.count))
        for (index, element) in elements.enumerated() {
            // Safety: the tuple is new and has that size; the call steals the reference.
            unsafe CPython_Tuple_SET_ITEM(tuple.pointer, index, element.owned.release())
        }
        return tuple
    }

    /// A new `int`.
    public static func integer(_ value: Int) throws(PythonException) -> PythonReference {
        unsafe try PythonReference(checking: PyLong_FromSsize_t(value))
    }

    /// Sets an entry of this dictionary. No method of a subclass is called.
    public func setEntry(_ key: StaticString, _ value: borrowing PythonReference) throws(PythonException) {
        unsafe try checking(PyDict_SetItemString(self.pointer, key.cString, value.pointer))
    }

    /// The value for `key` in this dictionary, or nil. It is read from the storage, without `__missing__`.
    public func entry(_ key: StaticString) throws(PythonException) -> PythonReference? {
        let key = try PythonText.interned(key)
        guard let value = unsafe PyDict_GetItemWithError(self.pointer, key.pointer) else {
            if PythonException.isPending { throw PythonException.takePending() }
            return nil
        }
        return unsafe PythonReference(borrowing: value)
    }

    /// Appends to this list.
    public func append(_ value: borrowing PythonReference) throws(PythonException) {
        unsafe try checking(PyList_Append(self.pointer, value.pointer))
    }

    /// Appends to this list.
    public func append(_ value: BorrowedReference) throws(PythonException) {
        unsafe try checking(PyList_Append(self.pointer, value.pointer))
    }

    /// Imports a module by the interpreter's own import function, without regard to the policy.
    public static func importing(_ name: StaticString) throws(PythonException) -> PythonReference {
        unsafe try PythonReference(checking: PyImport_ImportModule(name.cString))
    }
}

extension StaticString {
    /// The text as a C string that lives as long as the process.
    public var cString: UnsafePointer<CChar> {
        unsafe UnsafeRawPointer(self.utf8Start).assumingMemoryBound(to: CChar.self)
    }
}

extension BorrowedReference {
    /// A list of the elements of a set or frozenset. The iterator is that of the built-in type, so no method of a subclass
    /// is called.
    public func setElements() throws(PythonException) -> PythonReference {
        let iterator = unsafe try PythonReference(checking: CPython_Set_iterate(self.pointer))
        return unsafe try PythonReference(checking: PySequence_List(iterator.pointer))
    }
}
