import CPython
import Tasks

/// Writes Python values as JSON.
///
/// Values are read from their storage wherever they have one: a subclass of `dict`, `list`, `str`, `int` or `float` is
/// what it holds, whatever its methods say. Only values that are written as `str()` of themselves run code, and what
/// that code changes meanwhile cannot pull an object from under the encoder, which owns what it is looking at.
@safe
struct ValueEncoder: ~Copyable {
    let buffer: OutputBuffer
    let support: EncoderSupport
    /// How many brackets are open in the text so far.
    private var depth: Int
    /// The containers being written, outermost first.
    private let ancestors: UnsafeMutablePointer<UInt>
    private var ancestorCount = 0

    /// For whom values are written.
    enum Form {
        /// Machines: compact, and what JSON has no form for is refused.
        case result
        /// Readers of a console: with spaces, and what JSON has no form for is written as its `str()`.
        case console
    }

    private let form: Form

    /// Prepares to write a value inside of `depth` brackets that the caller has written.
    init(_ buffer: OutputBuffer, support: EncoderSupport, depth: Int, form: Form = .result) {
        self.form = form
        self.buffer = buffer
        self.support = support
        self.depth = depth
        unsafe self.ancestors = .allocate(capacity: TaskLimits.maximumNesting)
    }

    deinit {
        unsafe self.ancestors.deallocate()
    }

    /// Writes one value. The caller owns it, or a container that is not being changed does.
    mutating func write(_ value: PyPointer) throws(EncodingFailure) {
        let type = unsafe CPython_TYPE(value)
        if unsafe type == CPython_Unicode_Type() {
            unsafe self.writeString(value)
        } else if unsafe type == CPython_Dict_Type() {
            unsafe try self.writeDictionary(value)
        } else if unsafe type == CPython_List_Type() {
            unsafe try self.writeList(value)
        } else if unsafe type == CPython_Long_Type() {
            unsafe try self.writeInteger(value)
        } else if unsafe type == CPython_Float_Type() {
            unsafe try self.writeFloat(value)
        } else if unsafe value == CPython_None() {
            self.buffer.append("null")
        } else if unsafe value == CPython_True() {
            self.buffer.append("true")
        } else if unsafe value == CPython_False() {
            self.buffer.append("false")
        } else {
            unsafe try self.writeOther(value)
        }
        guard self.buffer.state == .complete else { throw .bufferFull }
    }

    /// Subclasses of what JSON has, containers it has not, and everything else.
    private mutating func writeOther(_ value: PyPointer) throws(EncodingFailure) {
        if unsafe CPython_Unicode_Check(value) != 0 {
            unsafe self.writeString(value)
        } else if unsafe CPython_Long_Check(value) != 0 {
            unsafe try self.writeInteger(value)
        } else if unsafe CPython_Float_Check(value) != 0 {
            unsafe try self.writeFloat(value)
        } else if unsafe CPython_ODict_Check(value) != 0 {
            unsafe try self.writeOrderedDictionary(value)
        } else if unsafe CPython_Dict_Check(value) != 0 {
            unsafe try self.writeDictionary(value)
        } else if unsafe CPython_List_Check(value) != 0 {
            unsafe try self.writeList(value)
        } else if unsafe CPython_Tuple_Check(value) != 0 {
            unsafe try self.writeTuple(value)
        } else if unsafe CPython_AnySet_Check(value) != 0 {
            unsafe try self.writeSet(value)
        } else {
            unsafe try self.writeForeign(value)
        }
    }

    // MARK: - Scalars

    @inline(__always)
    private func writeString(_ value: PyPointer) {
        unsafe TextWriter.writeQuoted(value, to: self.buffer)
    }

    private func writeInteger(_ value: PyPointer) throws(EncodingFailure) {
        var overflow: Int32 = 0
        // Reads the digits of the object, for a subclass too.
        let small = unsafe PyLong_AsLongLongAndOverflow(value, &overflow)
        if overflow == 0 {
            self.buffer.append(decimal: Int(small))
            return
        }
        // The representation of `int` itself, not of the subclass.
        let written = unsafe self.support.digitLimit.lifted { unsafe _PyLong_Format(value, 10) }
        guard let text = unsafe try? PythonReference(checking: written) else {
            throw EncodingFailure("is an integer too large to be written")
        }
        unsafe TextWriter.write(text.pointer, to: self.buffer, as: .plain)
    }

    private func writeFloat(_ value: PyPointer) throws(EncodingFailure) {
        try self.write(unsafe CPython_Float_AS_DOUBLE(value))
    }

    private func write(_ number: Double) throws(EncodingFailure) {
        guard number.isFinite else {
            self.buffer.append("null")
            return
        }
        let magnitude = number.magnitude
        if magnitude < 1e15, magnitude == magnitude.rounded(.towardZero), !(number == 0 && number.sign == .minus) {
            self.buffer.append(decimal: Int(number))
            self.buffer.append(".0")
            return
        }
        // In this range Swift and Python write the same shortest digits the same way, and Swift is the faster.
        if magnitude >= 1e-4, magnitude < 1e15 {
            if !self.writeShortDecimal(number) { self.buffer.append(number.description) }
            return
        }
        guard let text = unsafe PyOS_double_to_string(number, CChar(UInt8(ascii: "r")), 0, Py_DTSF_ADD_DOT_0, nil)
        else {
            PyErr_Clear()
            throw EncodingFailure.bufferFull
        }
        self.buffer.append(unsafe String(cString: text))
        unsafe PyMem_Free(text)
    }

    /// Writes a number of at most four decimal places and 15 digits in all, such as a price.
    ///
    /// Decimals of up to 15 digits are told apart by the doubles they are read as. So one that is read as `number` is
    /// the only one, and without its trailing zeros the shortest text for it, which is the one Python writes.
    ///
    /// - Returns: Whether it is such a number.
    private func writeShortDecimal(_ number: Double) -> Bool {
        let scaled = (number.magnitude * 10_000).rounded()
        // Both sides of the division are exact, so that its result is what the decimal is read as.
        guard scaled < 1e15, scaled / 10_000 == number.magnitude else { return false }
        let digits = Int(scaled)
        let (whole, fraction) = digits.quotientAndRemainder(dividingBy: 10_000)
        if number < 0 { self.buffer.append(0x2D) }
        self.buffer.append(decimal: whole)
        self.buffer.append(0x2E)
        var rest = fraction
        var place = 1_000
        repeat {
            self.buffer.append(0x30 + UInt8(truncatingIfNeeded: rest / place))
            rest %= place
            place /= 10
        } while rest > 0
        return true
    }

    // MARK: - Containers

    /// Opens a bracket: refuses cycles and depth beyond the limit.
    private mutating func enter(_ value: PyPointer, _ bracket: UInt8) throws(EncodingFailure) {
        let address = UInt(bitPattern: value)
        for index in 0..<self.ancestorCount where unsafe self.ancestors[index] == address {
            var failure = EncodingFailure(
                "contains itself",
                hint: "Copy the values you need into a new dict or list."
            )
            failure.isCycle = true
            throw failure
        }
        guard self.depth < TaskLimits.maximumNesting else {
            throw EncodingFailure("is nested more than \(TaskLimits.maximumNesting) levels deep")
        }
        self.depth += 1
        // Safety: there is one for each of the levels that were just counted.
        unsafe self.ancestors[self.ancestorCount] = address
        self.ancestorCount += 1
        self.buffer.append(bracket)
    }

    private mutating func leave(_ bracket: UInt8) {
        self.depth -= 1
        self.ancestorCount -= 1
        self.buffer.append(bracket)
    }

    private mutating func writeList(_ list: PyPointer) throws(EncodingFailure) {
        unsafe try self.enter(list, 0x5B)
        var index = 0
        // The size is read anew each time: str() of an element may have changed it.
        while unsafe index < CPython_List_GET_SIZE(list) {
            let element = unsafe PythonReference(borrowing: CPython_List_GET_ITEM(list, index))
            unsafe try self.writeElement(element.pointer, index)
            index += 1
        }
        self.leave(0x5D)
    }

    private mutating func writeTuple(_ tuple: PyPointer) throws(EncodingFailure) {
        unsafe try self.enter(tuple, 0x5B)
        let count = unsafe CPython_Tuple_GET_SIZE(tuple)
        for index in 0..<count {
            unsafe try self.writeElement(CPython_Tuple_GET_ITEM(tuple, index), index)
        }
        self.leave(0x5D)
    }

    private mutating func writeSet(_ set: PyPointer) throws(EncodingFailure) {
        unsafe try self.enter(set, 0x5B)
        var position: Py_ssize_t = 0
        var index = 0
        var element: PyPointer?
        var hash: Py_hash_t = 0
        while unsafe _PySet_NextEntry(set, &position, &element, &hash) != 0, let borrowed = unsafe element {
            let owned = unsafe PythonReference(borrowing: borrowed)
            unsafe try self.writeElement(owned.pointer, index)
            index += 1
        }
        self.leave(0x5D)
    }

    @inline(__always)
    private func separate() {
        self.buffer.append(0x2C)
        if self.form == .console { self.buffer.append(0x20) }
    }

    private mutating func writeElement(_ element: PyPointer, _ index: Int) throws(EncodingFailure) {
        if index > 0 { self.separate() }
        do throws(EncodingFailure) {
            unsafe try self.write(element)
        } catch {
            throw error.inside(.index(index))
        }
    }

    private mutating func writeDictionary(_ dictionary: PyPointer) throws(EncodingFailure) {
        unsafe try self.enter(dictionary, 0x7B)
        var position: Py_ssize_t = 0
        var key: PyPointer?
        var value: PyPointer?
        var isFirst = true
        var hasOtherKeys = false
        // Safety: PyDict_Next checks its position against the present table, and both objects are owned while in use.
        while unsafe PyDict_Next(dictionary, &position, &key, &value) != 0 {
            guard let borrowedKey = unsafe key, let borrowedValue = unsafe value else { break }
            let ownedKey = unsafe PythonReference(borrowing: borrowedKey)
            let ownedValue = unsafe PythonReference(borrowing: borrowedValue)
            if !isFirst { self.separate() }
            isFirst = false
            if unsafe CPython_Unicode_CheckExact(ownedKey.pointer) == 0 { hasOtherKeys = true }
            unsafe try self.writeEntry(ownedKey.pointer, ownedValue.pointer)
        }
        if hasOtherKeys { unsafe try self.refuseCollisions(dictionary) }
        self.leave(0x7D)
    }

    /// An `OrderedDict` keeps its order beside its storage.
    private mutating func writeOrderedDictionary(_ dictionary: PyPointer) throws(EncodingFailure) {
        unsafe try self.enter(dictionary, 0x7B)
        let keys: PythonReference
        do {
            keys = unsafe try self.support.keys(ofOrdered: dictionary)
        } catch {
            throw EncodingFailure("could not be read: \(ExceptionText.summary(of: error))")
        }
        let count = unsafe CPython_List_GET_SIZE(keys.pointer)
        for index in 0..<count {
            let key = unsafe CPython_List_GET_ITEM(keys.pointer, index)
            guard let borrowed = unsafe PyDict_GetItemWithError(dictionary, key) else {
                PyErr_Clear()
                continue
            }
            let value = unsafe PythonReference(borrowing: borrowed)
            if index > 0 { self.separate() }
            unsafe try self.writeEntry(key, value.pointer)
        }
        unsafe try self.refuseCollisions(dictionary)
        self.leave(0x7D)
    }

    private mutating func writeEntry(_ key: PyPointer, _ value: PyPointer) throws(EncodingFailure) {
        let start = self.buffer.count + 1
        if unsafe CPython_Unicode_CheckExact(key) != 0 {
            unsafe TextWriter.writeQuoted(key, followedBy: 0x3A, to: self.buffer)
        } else {
            self.buffer.append(0x22)
            unsafe try self.writeKey(key)
            self.buffer.append("\":")
        }
        let end = max(start, self.buffer.count - 2)
        if self.form == .console { self.buffer.append(0x20) }
        do throws(EncodingFailure) {
            unsafe try self.write(value)
        } catch {
            throw error.inside(.key(self.buffer.text(start..<end)))
        }
    }

    /// Writes a key without its quotes: text, or what `json.dumps` makes text of.
    private func writeKey(_ key: PyPointer) throws(EncodingFailure) {
        if unsafe CPython_Unicode_Check(key) != 0 {
            unsafe TextWriter.write(key, to: self.buffer, as: .json)
        } else if unsafe key == CPython_True() {
            self.buffer.append("true")
        } else if unsafe key == CPython_False() {
            self.buffer.append("false")
        } else if unsafe key == CPython_None() {
            self.buffer.append("null")
        } else if unsafe CPython_Long_Check(key) != 0 {
            unsafe try self.writeInteger(key)
        } else if unsafe CPython_Float_Check(key) != 0 {
            let number = unsafe CPython_Float_AS_DOUBLE(key)
            if number.isNaN {
                self.buffer.append("NaN")
            } else if number.isInfinite {
                self.buffer.append(number < 0 ? "-Infinity" : "Infinity")
            } else {
                try self.write(number)
            }
        } else if let scalar = unsafe self.support.numpyScalar(key) {
            unsafe try self.writeKey(scalar.pointer)
        } else {
            throw EncodingFailure(
                "has a key of type \(unsafe TypeIdentity.displayName(ofValue: key)), which JSON has no form for",
                hint: "Use text for the key: str(key)."
            )
        }
    }

    /// Refuses keys that were different in Python and are the same text in JSON: one of the values would be lost.
    private func refuseCollisions(_ dictionary: PyPointer) throws(EncodingFailure) {
        let scratch = OutputBuffer(limit: Int.max)
        var seen: Set<String> = []
        var position: Py_ssize_t = 0
        var key: PyPointer?
        var value: PyPointer?
        let writer = ValueEncoder(scratch, support: self.support, depth: 0)
        while unsafe PyDict_Next(dictionary, &position, &key, &value) != 0, let borrowed = unsafe key {
            let owned = unsafe PythonReference(borrowing: borrowed)
            scratch.rollBack(to: 0)
            unsafe try writer.writeKey(owned.pointer)
            let text = scratch.text(0..<scratch.count)
            guard seen.insert(text).inserted else {
                throw EncodingFailure(
                    "has two keys that are both written \"\(ExceptionText.bounded(text, to: 80))\"",
                    hint: "JSON keys are text, so 1 and \"1\" are the same key: use one of them."
                )
            }
        }
    }

    // MARK: - Values JSON lacks

    private mutating func writeForeign(_ value: PyPointer) throws(EncodingFailure) {
        if let scalar = unsafe self.support.numpyScalar(value) {
            unsafe try self.write(scalar.pointer)
            return
        }
        var form = unsafe self.support.form(of: CPython_TYPE(value))
        if self.form == .console, case .refused = form { form = .text }
        switch form {
        case .null:
            self.buffer.append("null")
        case .text:
            let text: PythonReference
            do {
                text = unsafe try PythonReference(checking: PyObject_Str(value))
            } catch {
                let name = unsafe TypeIdentity.displayName(ofValue: value)
                throw EncodingFailure("is a \(name) whose str() failed: \(ExceptionText.summary(of: error))")
            }
            // What numpy calls a date that is none.
            if unsafe PythonText.equals(text.pointer, "NaT") {
                self.buffer.append("null")
            } else {
                unsafe self.writeString(text.pointer)
            }
        case .refused(let hint):
            let name = unsafe TypeIdentity.displayName(ofValue: value)
            throw EncodingFailure("is of type \(name), which JSON has no form for", hint: hint)
        }
    }
}
