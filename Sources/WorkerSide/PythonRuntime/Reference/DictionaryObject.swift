import CPython

/// A borrowed reference to a `dict`. It is read and written in its storage; no method of a subclass is called.
///
/// A returned value is valid only until the dictionary changes. Code that runs Python in between must take an owned
/// reference.
@safe
public struct DictionaryObject: Equatable {
    public let object: BorrowedReference

    /// Nil if the object is not a `dict`.
    public init?(_ object: BorrowedReference) {
        guard object.isDictionary else { return nil }
        self.object = object
    }

    /// Wraps an object that CPython guarantees to be a `dict`, such as the namespace of a module.
    @unsafe
    public init(unchecked object: BorrowedReference) {
        self.object = object
    }

    public var count: Int { unsafe PyDict_Size(self.object.pointer) }

    /// The value for a key; nil if the key is missing, or cannot be hashed or compared.
    public subscript(key: BorrowedReference) -> BorrowedReference? {
        unsafe BorrowedReference(PyDict_GetItem(self.object.pointer, key.pointer))
    }

    /// The value for a `str` key; nil if the key is missing.
    public subscript(key: StaticString) -> BorrowedReference? {
        unsafe BorrowedReference(PyDict_GetItemString(self.object.pointer, key.cString))
    }

    /// The value for a key; nil if the key is missing.
    public func value(for key: borrowing PythonReference) -> BorrowedReference? {
        unsafe self[key.borrowed]
    }

    public func contains(_ key: BorrowedReference) -> Bool {
        unsafe PyDict_Contains(self.object.pointer, key.pointer) == 1
    }

    public func set(_ value: BorrowedReference, for key: BorrowedReference) throws(PythonException) {
        unsafe try checking(PyDict_SetItem(self.object.pointer, key.pointer, value.pointer))
    }

    public func set(_ value: BorrowedReference, for key: StaticString) throws(PythonException) {
        unsafe try checking(PyDict_SetItemString(self.object.pointer, key.cString, value.pointer))
    }

    public func set(_ value: BorrowedReference, forText key: String) throws(PythonException) {
        try self.set(value, for: try PythonText.make(key))
    }

    public func set(_ value: BorrowedReference, for key: borrowing PythonReference) throws(PythonException) {
        unsafe try self.set(value, for: key.borrowed)
    }

    public func set(_ value: borrowing PythonReference, for key: borrowing PythonReference) throws(PythonException) {
        unsafe try self.set(value.borrowed, for: key.borrowed)
    }

    public func set(_ value: borrowing PythonReference, for key: BorrowedReference) throws(PythonException) {
        unsafe try self.set(value.borrowed, for: key)
    }

    public func set(_ value: borrowing PythonReference, for key: StaticString) throws(PythonException) {
        unsafe try self.set(value.borrowed, for: key)
    }

    /// Removes an entry, which must exist.
    public func remove(_ key: StaticString) throws(PythonException) {
        unsafe try checking(PyDict_DelItemString(self.object.pointer, key.cString))
    }

    /// Copies all entries of another dictionary into this one.
    public func update(from other: DictionaryObject) throws(PythonException) {
        unsafe try checking(PyDict_Update(self.object.pointer, other.object.pointer))
    }

    public func copy() throws(PythonException) -> PythonReference {
        unsafe try PythonReference(checking: PyDict_Copy(self.object.pointer))
    }

    /// All entries, in order. Iteration stays memory-safe if the dictionary changes, but entries may then be missed or
    /// repeated.
    public var entries: Entries { Entries(dictionary: self) }

    /// Iterates over the entries of a dictionary.
    @safe
    public struct Entries: Sequence, IteratorProtocol {
        let dictionary: DictionaryObject
        private var position: Py_ssize_t = 0

        init(dictionary: DictionaryObject) {
            self.dictionary = dictionary
        }

        public mutating func next() -> (key: BorrowedReference, value: BorrowedReference)? {
            var key: PyPointer?
            var value: PyPointer?
            // Safety: the call compares the position with the current table.
            guard unsafe PyDict_Next(self.dictionary.object.pointer, &self.position, &key, &value) != 0,
                let key = unsafe BorrowedReference(key), let value = unsafe BorrowedReference(value)
            else { return nil }
            return (key, value)
        }
    }
}

extension PythonReference {
    /// This object as a dictionary, which it must be. The result is a borrowed reference, valid as long as this value
    /// lives.
    @unsafe
    public var dictionary: DictionaryObject {
        guard let dictionary = unsafe DictionaryObject(self.borrowed) else { preconditionFailure("not a dictionary") }
        return dictionary
    }

    /// This object as a list, which it must be. The result is a borrowed reference, valid as long as this value lives.
    @unsafe
    public var list: ListObject {
        guard let list = unsafe ListObject(self.borrowed) else { preconditionFailure("not a list") }
        return list
    }
}

extension BorrowedReference {
    /// The value for `key` in this dictionary, or nil. It is read from the storage, without `__missing__`.
    func entry(_ key: BorrowedReference) throws(PythonException) -> PythonReference? {
        guard let value = unsafe PyDict_GetItemWithError(self.pointer, key.pointer) else {
            if PythonException.isPending { throw PythonException.takePending() }
            return nil
        }
        return unsafe PythonReference(borrowing: value)
    }
}
