import CPython

/// Values that JSON has no type for and that an array or an object holds without loss.
extension ValueEncoder {
    /// Writes what a value yields as an array.
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

    /// Writes an array of numpy's as nested arrays.
    mutating func writeNumpyArray(_ value: BorrowedReference) throws(EncodingFailure) {
        let list: PythonReference
        do {
            list = try self.foreignValues.list(ofNumpyArray: value)
        } catch {
            throw EncodingFailure(reading: error)
        }
        // An array of objects may contain itself, and its list would not be recognised.
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
