import CPython

/// Writes values whose types JSON lacks, but which an array or an object can represent without loss.
extension ValueEncoder {
    /// Writes the elements that a value yields when it is iterated, as an array.
    mutating func writeElements(of value: BorrowedReference) throws(EncodingFailure) {
        let iterator: PythonReference
        do {
            iterator = try self.foreignValues.elements(of: value)
        } catch {
            throw EncodingFailure(reading: error)
        }
        try self.enter(value, 0x5B)
        var index = 0
        while let next = unsafe PyIter_Next(iterator.pointer) {
            let element = unsafe PythonReference(owning: next)
            unsafe try self.writeElement(element.borrowed, index)
            index += 1
        }
        if PythonException.isPending { throw EncodingFailure(reading: PythonException.takePending()) }
        self.leave(0x5D)
    }

    /// Writes a numpy array as nested arrays.
    mutating func writeNumpyArray(_ value: BorrowedReference) throws(EncodingFailure) {
        let list: PythonReference
        do {
            list = try self.foreignValues.list(ofNumpyArray: value)
        } catch {
            throw EncodingFailure(reading: error)
        }
        // An array of objects may contain itself. Each conversion makes a new list, so only the array shows that there
        // is a cycle.
        try self.enter(value)
        unsafe try self.write(list.borrowed)
        self.leave()
    }

    /// Writes an instance of a dataclass as an object. A field without a value is an error, as for `dataclasses.asdict`.
    mutating func writeFields(_ names: TupleObject, of value: BorrowedReference) throws(EncodingFailure) {
        try self.enter(value, 0x7B)
        for (index, name) in names.enumerated() {
            let field: PythonReference
            do {
                field = try value.attribute(name)
            } catch {
                throw EncodingFailure(reading: error)
            }
            if index > 0 { self.separate() }
            unsafe try self.writeEntry(name, field.borrowed)
        }
        self.leave(0x7D)
    }
}
