import CPython
import PythonRuntime

/// The structure of `types.MappingProxyType`, which no header declares.
enum MappingProxy {
    /// For a proxy of a dictionary, a new proxy of a copy of the dictionary. Any other object is returned unchanged.
    static func copied(_ operand: BorrowedReference) throws(PythonException) -> PythonReference {
        guard unsafe operand.type.pointer == CPython_DictProxy_Type() else { return operand.owned }
        // Safety: a proxy is its header and one pointer (`mappingproxyobject` in descrobject.c).
        let mapping = unsafe (UnsafeMutableRawPointer(operand.pointer) + MemoryLayout<PyObject>.size)
            .assumingMemoryBound(to: PyPointer?.self).pointee
        guard let mapping = unsafe BorrowedReference(mapping), mapping.isExactDictionary,
            let dictionary = DictionaryObject(mapping)
        else { return operand.owned }
        let copy = try dictionary.copy()
        return unsafe try PythonReference(checking: PyDictProxy_New(copy.pointer))
    }
}
