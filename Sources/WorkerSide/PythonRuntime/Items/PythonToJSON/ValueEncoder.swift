import CPython
import Tasks
import Text

/// Writes Python values as JSON. ``ItemsEncoder`` makes one for each result.
///
/// Values of `dict`, `list`, `str`, `int`, `float` and their subclasses are read from the objects' storage; no method of
/// a subclass is called. Code runs only for values that are written as their `str()`. That code may change the
/// containers that are being written, so the encoder owns a reference to each value it reads.
@safe
struct ValueEncoder: ~Copyable {
    let buffer: OutputBuffer
    let foreignValues: ForeignValues
    /// The number of open brackets and braces.
    private var depth: Int
    /// The containers being written, outermost first.
    private let ancestors: UnsafeMutablePointer<BorrowedReference>
    private var ancestorCount = 0

    /// The form in which values are written.
    enum Form {
        /// JSON: compact; values that JSON has no form for are refused.
        case result
        /// A line of a console: with spaces; values that JSON has no form for are written as their `str()`.
        case console
    }

    private let form: Form

    /// Prepares to write a value inside `depth` brackets that the caller has opened.
    init(_ buffer: OutputBuffer, _ foreignValues: ForeignValues, depth: Int, form: Form = .result) {
        self.form = form
        self.buffer = buffer
        self.foreignValues = foreignValues
        self.depth = depth
        unsafe self.ancestors = .allocate(capacity: TaskLimits.maximumNesting)
    }

    deinit {
        unsafe self.ancestors.deallocate()
    }

    /// Writes one value. The caller must keep it alive, by a reference of its own or by a container that does not
    /// change.
    mutating func write(_ value: BorrowedReference) throws(EncodingFailure) {
        let type = value.type
        if type == .string {
            self.writeString(value)
        } else if type == .dictionary {
            try self.writeDictionary(value)
        } else if type == .list {
            try self.writeList(value)
        } else if type == .integer {
            try NumberWriter.writeInteger(value, self.foreignValues, to: self.buffer)
        } else if type == .float {
            try NumberWriter.writeFloat(value, to: self.buffer)
        } else if value.isNone {
            self.buffer.append("null")
        } else if value == .true {
            self.buffer.append("true")
        } else if value == .false {
            self.buffer.append("false")
        } else {
            try self.writeOther(value)
        }
        guard self.buffer.state == .complete else { throw .bufferFull }
    }

    /// Writes a value whose exact type is not a JSON type: subclasses, tuples, sets and all other objects.
    private mutating func writeOther(_ value: BorrowedReference) throws(EncodingFailure) {
        if value.isString {
            self.writeString(value)
        } else if value.isInteger {
            try NumberWriter.writeInteger(value, self.foreignValues, to: self.buffer)
        } else if value.isFloat {
            try NumberWriter.writeFloat(value, to: self.buffer)
        } else if unsafe CPython_ODict_Check(value.pointer) != 0 {
            try self.writeOrderedDictionary(value)
        } else if value.isDictionary {
            try self.writeDictionary(value)
        } else if value.isList {
            try self.writeList(value)
        } else if value.isTuple {
            try self.writeTuple(value)
        } else if value.isSet {
            try self.writeSet(value)
        } else {
            try self.writeForeign(value)
        }
    }

    // MARK: - Scalars

    @inline(__always)
    private func writeString(_ value: BorrowedReference) {
        TextWriter.writeQuoted(value, to: self.buffer)
    }

    // MARK: - Containers

    /// Writes an opening bracket. Refuses cycles, and nesting beyond the limit.
    mutating func enter(_ value: BorrowedReference, _ bracket: UInt8) throws(EncodingFailure) {
        try self.enter(value)
        self.buffer.append(bracket)
    }

    /// Counts a container as one that is being written. Refuses cycles, and nesting beyond the limit.
    mutating func enter(_ value: BorrowedReference) throws(EncodingFailure) {
        for index in 0..<self.ancestorCount where unsafe self.ancestors[index] == value {
            var failure = EncodingFailure(
                "contains itself",
                hint: "copy the values you need into a new dict or list"
            )
            failure.isCycle = true
            throw failure
        }
        guard self.depth < TaskLimits.maximumNesting else {
            throw EncodingFailure("is nested more than \(TaskLimits.maximumNesting) levels deep")
        }
        self.depth += 1
        // Safety: there is room for `maximumNesting` ancestors, and the depth was just compared with it.
        unsafe self.ancestors[self.ancestorCount] = value
        self.ancestorCount += 1
    }

    mutating func leave(_ bracket: UInt8) {
        self.leave()
        self.buffer.append(bracket)
    }

    mutating func leave() {
        self.depth -= 1
        self.ancestorCount -= 1
    }

    private mutating func writeList(_ list: BorrowedReference) throws(EncodingFailure) {
        try self.enter(list, 0x5B)
        var index = 0
        // The size is read in each iteration, because the `str()` of an element may have changed the list.
        while unsafe index < CPython_List_GET_SIZE(list.pointer) {
            // Safety: the index was compared with the size above.
            let element = unsafe PythonReference(borrowing: CPython_List_GET_ITEM(list.pointer, index))
            unsafe try self.writeElement(element.borrowed, index)
            index += 1
        }
        self.leave(0x5D)
    }

    private mutating func writeTuple(_ tuple: BorrowedReference) throws(EncodingFailure) {
        try self.enter(tuple, 0x5B)
        for index in unsafe 0..<CPython_Tuple_GET_SIZE(tuple.pointer) {
            // Safety: a tuple is immutable and owns its elements.
            unsafe try self.writeElement(BorrowedReference(CPython_Tuple_GET_ITEM(tuple.pointer, index)), index)
        }
        self.leave(0x5D)
    }

    private mutating func writeSet(_ set: BorrowedReference) throws(EncodingFailure) {
        try self.enter(set, 0x5B)
        let elements: PythonReference
        do {
            // The elements are copied first, because writing an element may run code that changes the set.
            elements = try set.setElements()
        } catch {
            throw EncodingFailure("could not be read: \(ExceptionText.summary(of: error))")
        }
        for (index, element) in unsafe elements.list.enumerated() { try self.writeElement(element, index) }
        self.leave(0x5D)
    }

    @inline(__always)
    func separate() {
        self.buffer.append(0x2C)
        if self.form == .console { self.buffer.append(0x20) }
    }

    mutating func writeElement(_ element: BorrowedReference, _ index: Int) throws(EncodingFailure) {
        if index > 0 { self.separate() }
        do throws(EncodingFailure) {
            try self.write(element)
        } catch {
            throw error.inside(.index(index))
        }
    }

    private mutating func writeDictionary(_ dictionary: BorrowedReference) throws(EncodingFailure) {
        try self.enter(dictionary, 0x7B)
        var position: Py_ssize_t = 0
        var key: PyPointer?
        var value: PyPointer?
        var isFirst = true
        var hasOtherKeys = false
        // Safety: PyDict_Next checks its position against the current table, and both objects are owned while in use.
        while unsafe PyDict_Next(dictionary.pointer, &position, &key, &value) != 0 {
            guard let borrowedKey = unsafe key, let borrowedValue = unsafe value else { break }
            let ownedKey = unsafe PythonReference(borrowing: borrowedKey)
            let ownedValue = unsafe PythonReference(borrowing: borrowedValue)
            if !isFirst { self.separate() }
            isFirst = false
            if unsafe !ownedKey.borrowed.isExactString { hasOtherKeys = true }
            unsafe try self.writeEntry(ownedKey.borrowed, ownedValue.borrowed)
        }
        if hasOtherKeys { try self.refuseCollisions(dictionary) }
        self.leave(0x7D)
    }

    /// Writes an `OrderedDict`, whose order is stored separately from the dict's entries.
    private mutating func writeOrderedDictionary(_ dictionary: BorrowedReference) throws(EncodingFailure) {
        try self.enter(dictionary, 0x7B)
        let keys: PythonReference
        do {
            // The iterator is `OrderedDict`'s own, so no method of a subclass is called.
            let iterator = unsafe try PythonReference(checking: CPython_ODict_iterate(dictionary.pointer))
            keys = unsafe try PythonReference(checking: PySequence_List(iterator.pointer))
        } catch {
            throw EncodingFailure(reading: error)
        }
        var isFirst = true
        for key in unsafe keys.list {
            // The lookup fails if the entry was deleted since, or if the key's hash has changed.
            guard let value = try? dictionary.entry(key) else { continue }
            if !isFirst { self.separate() }
            isFirst = false
            unsafe try self.writeEntry(key, value.borrowed)
        }
        try self.refuseCollisions(dictionary)
        self.leave(0x7D)
    }

    mutating func writeEntry(
        _ key: BorrowedReference,
        _ value: BorrowedReference
    ) throws(EncodingFailure) {
        let start = self.buffer.count + 1
        if key.isExactString {
            TextWriter.writeQuoted(key, followedBy: 0x3A, to: self.buffer)
        } else {
            self.buffer.append(0x22)
            try self.writeKey(key)
            self.buffer.append("\":")
        }
        let end = max(start, self.buffer.count - 2)
        if self.form == .console { self.buffer.append(0x20) }
        do throws(EncodingFailure) {
            try self.write(value)
        } catch {
            throw error.inside(.key(self.buffer.text(start..<end)))
        }
    }

    /// Writes a key without its quotes. Keys other than text are written as `json.dumps` writes them.
    private func writeKey(_ key: BorrowedReference) throws(EncodingFailure) {
        if key.isString {
            TextWriter.write(key, to: self.buffer, as: .json)
        } else if key == .true {
            self.buffer.append("true")
        } else if key == .false {
            self.buffer.append("false")
        } else if key.isNone {
            self.buffer.append("null")
        } else if key.isInteger {
            try NumberWriter.writeInteger(key, self.foreignValues, to: self.buffer)
        } else if key.isFloat {
            try NumberWriter.writeKey(key, to: self.buffer)
        } else if let scalar = self.foreignValues.numpyScalar(key) {
            unsafe try self.writeKey(scalar.borrowed)
        } else {
            throw EncodingFailure(
                "has a key of type \(TypeName.displayName(ofValue: key)), which JSON cannot represent",
                hint: "use text for the key: str(key)"
            )
        }
    }

    /// Refuses a dict in which two different Python keys have the same JSON text, because one of the values would be
    /// lost.
    private func refuseCollisions(_ dictionary: BorrowedReference) throws(EncodingFailure) {
        let scratch = OutputBuffer(limit: Int.max)
        var seen: Set<String> = []
        var position: Py_ssize_t = 0
        var key: PyPointer?
        let writer = ValueEncoder(scratch, self.foreignValues, depth: 0)
        while unsafe PyDict_Next(dictionary.pointer, &position, &key, nil) != 0, let borrowed = unsafe key {
            let owned = unsafe PythonReference(borrowing: borrowed)
            scratch.rollBack(to: 0)
            unsafe try writer.writeKey(owned.borrowed)
            let text = scratch.text(0..<scratch.count)
            guard seen.insert(text).inserted else {
                throw EncodingFailure(
                    "has two keys that are both written \"\(BoundedText.cut(text, toBytes: 80))\"",
                    hint: "JSON keys are text, so 1 and \"1\" are the same key: use one of them"
                )
            }
        }
    }

    // MARK: - Values JSON lacks

    private mutating func writeForeign(_ value: BorrowedReference) throws(EncodingFailure) {
        if let scalar = self.foreignValues.numpyScalar(value) {
            unsafe try self.write(scalar.borrowed)
            return
        }
        var form = self.foreignValues.form(of: value.type)
        if self.form == .console {
            switch form {
            case .null, .text: break
            case .elements, .numpyArray, .fields, .refused: form = .text
            }
        }
        switch form {
        case .null:
            self.buffer.append("null")
        case .text:
            let text: PythonReference
            do {
                text = try value.text()
            } catch {
                let name = TypeName.displayName(ofValue: value)
                throw EncodingFailure("is a \(name) whose str() failed: \(ExceptionText.summary(of: error))")
            }
            // `NaT` is numpy's missing date.
            if PythonText.equals(text, "NaT") {
                self.buffer.append("null")
            } else {
                unsafe self.writeString(text.borrowed)
            }
        case .elements: try self.writeElements(of: value)
        case .numpyArray: try self.writeNumpyArray(value)
        case .fields(let names): try self.writeFields(names, of: value)
        case .refused(let hint):
            let name = TypeName.displayName(ofValue: value)
            throw EncodingFailure("is of type \(name), which JSON cannot represent", hint: hint)
        }
    }
}
