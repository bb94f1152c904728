import CPython

/// The read-only view of a class's dictionary, which in two places hands the real dictionary to the other operand:
/// `type.__dict__ == x` and `type.__dict__ | x`. With it a task could change any class. Here those operands get a copy.
extension PolicyGuard {
    // Safety: written once, before the first task, by the only thread there is then.
    nonisolated(unsafe) private static var originalCompare: richcmpfunc?
    nonisolated(unsafe) private static var originalOr: binaryfunc?

    func guardMappingProxies() throws(PythonException) {
        let type = unsafe CPython_DictProxy_Type()
        guard let numbers = unsafe type.pointee.tp_as_number, let dictionary = unsafe type.pointee.tp_dict else {
            throw unsafe PythonException.make(CPython_Exc_SystemError(), "mapping proxies are made differently here")
        }
        unsafe Self.originalCompare = unsafe type.pointee.tp_richcompare
        unsafe Self.originalOr = unsafe numbers.pointee.nb_or
        unsafe type.pointee.tp_richcompare = unsafe Self.compare
        unsafe numbers.pointee.nb_or = unsafe Self.or
        // The methods in the type's dictionary wrap the original functions.
        for name: StaticString in ["__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"] {
            unsafe self.rewrap(dictionary, name, CPython_erasingCompare(Self.compare))
        }
        for name: StaticString in ["__or__", "__ror__"] {
            unsafe self.rewrap(dictionary, name, CPython_erasingBinary(Self.or))
        }
        unsafe PyType_Modified(type)
    }

    private func rewrap(_ dictionary: PyPointer, _ name: StaticString, _ function: UnsafeMutableRawPointer) {
        guard let descriptor = unsafe PyDict_GetItemString(dictionary, name.cString),
            unsafe CPython_TYPE(descriptor) == CPython_WrapperDescr_Type()
        else { return }
        let wrapper = unsafe UnsafeMutableRawPointer(descriptor).assumingMemoryBound(to: PyWrapperDescrObject.self)
        unsafe wrapper.pointee.d_wrapped = unsafe function
    }

    /// What an operand may see of a proxy: a proxy of a copy. Anything else is itself.
    private static func harmless(_ operand: PyPointer) throws(PythonException) -> PythonReference {
        guard unsafe CPython_TYPE(operand) == CPython_DictProxy_Type() else {
            return unsafe PythonReference(borrowing: operand)
        }
        let copy = try PythonReference.dictionary()
        // Safety: a proxy is its header and one pointer (`mappingproxyobject` in descrobject.c).
        let mapping = unsafe (UnsafeMutableRawPointer(operand) + MemoryLayout<PyObject>.size)
            .assumingMemoryBound(to: PyPointer?.self).pointee
        guard let mapping = unsafe mapping else { return copy }
        guard unsafe CPython_Dict_CheckExact(mapping) != 0 else { return unsafe PythonReference(borrowing: operand) }
        unsafe try checking(PyDict_Update(copy.pointer, mapping))
        return unsafe try PythonReference(checking: PyDictProxy_New(copy.pointer))
    }

    private static let compare: richcmpfunc = { left, right, operation in
        unsafe PythonFunction.answer { () throws(PythonException) in
            guard let left = unsafe left, let right = unsafe right, let original = unsafe PolicyGuard.originalCompare
            else { return .none }
            let operand = unsafe try PolicyGuard.harmless(left)
            return unsafe try PythonReference(checking: original(operand.pointer, right, operation))
        }
    }

    private static let or: binaryfunc = { left, right in
        unsafe PythonFunction.answer { () throws(PythonException) in
            guard let left = unsafe left, let right = unsafe right, let original = unsafe PolicyGuard.originalOr else {
                return .none
            }
            let first = unsafe try PolicyGuard.harmless(left)
            let second = unsafe try PolicyGuard.harmless(right)
            return unsafe try PythonReference(checking: original(first.pointer, second.pointer))
        }
    }
}
