import CPython
import Tasks

/// A recursive JSON parser (RFC 8259) that creates Python objects.
@safe
struct JSONParser {
    let start: UnsafePointer<UInt8>
    let end: UnsafePointer<UInt8>
    var cursor: UnsafePointer<UInt8>
    private let keys: KeyCache
    let digitLimit: DigitLimit
    private var depth = 0
    /// The number of keys of the last object at each depth; the index is the depth modulo the array's size.
    private var sizes = [16 of Int](repeating: 0)
    /// The largest expected number of keys, so that one large object does not make every later small one allocate a
    /// large table.
    private static let largestExpectation = 32
    /// A buffer for strings with escapes and for long numbers.
    var scratch: [UInt8] = []

    init(_ text: UnsafeRawBufferPointer, keys: KeyCache, digitLimit: DigitLimit) {
        self.digitLimit = digitLimit
        // Safety: for an empty buffer, the pointer is compared and never dereferenced.
        let base = unsafe text.baseAddress ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
        unsafe self.start = base.assumingMemoryBound(to: UInt8.self)
        unsafe self.end = unsafe self.start + text.count
        unsafe self.cursor = unsafe self.start
        self.keys = keys
    }

    /// Parses the text as exactly one value.
    mutating func parseDocument() throws(DecodingError) -> PythonReference {
        let value = unsafe try self.parseValue()
        let document = unsafe PythonReference(owning: value)
        self.skipSpace()
        guard unsafe self.cursor == self.end else { throw self.malformed() }
        return document
    }

    func malformed() -> DecodingError {
        unsafe .malformed(offset: self.cursor - self.start)
    }

    /// Returns the result of an allocating C API call, or throws its exception.
    @inline(__always)
    func made(_ object: PyPointer?) throws(DecodingError) -> PyPointer {
        guard let object = unsafe object else { throw .exception(PythonException.takePending()) }
        return unsafe object
    }

    // In all functions below, the cursor is dereferenced only after it was compared with the end.

    @inline(__always)
    private mutating func skipSpace() {
        while unsafe self.cursor < self.end {
            switch unsafe self.cursor.pointee {
            case 0x20, 0x0A, 0x0D, 0x09: unsafe self.cursor += 1
            default: return
            }
        }
    }

    @inline(__always)
    mutating func take(_ byte: UInt8) -> Bool {
        guard unsafe self.cursor < self.end, unsafe self.cursor.pointee == byte else { return false }
        unsafe self.cursor += 1
        return true
    }

    /// Parses the next value, and returns an owned reference.
    private mutating func parseValue() throws(DecodingError) -> PyPointer {
        self.skipSpace()
        guard unsafe self.cursor < self.end else { throw self.malformed() }
        switch unsafe self.cursor.pointee {
        case 0x22:
            unsafe self.cursor += 1
            return unsafe try self.parseText()
        case 0x7B: return unsafe try self.nested { (parser) throws(DecodingError) in unsafe try parser.parseObject() }
        case 0x5B: return unsafe try self.nested { (parser) throws(DecodingError) in unsafe try parser.parseArray() }
        case 0x2D, 0x30...0x39: return unsafe try self.parseNumber()
        case 0x74: return unsafe try self.parseWord("true", CPython_True())
        case 0x66: return unsafe try self.parseWord("false", CPython_False())
        case 0x6E: return unsafe try self.parseWord("null", CPython_None())
        default: throw self.malformed()
        }
    }

    @inline(__always)
    private mutating func nested(
        _ parse: (inout JSONParser) throws(DecodingError) -> PyPointer
    ) throws(DecodingError) -> PyPointer {
        // The bound keeps hostile text from overflowing the stack. The broker has already enforced the actual limit.
        guard self.depth < TaskLimits.maximumNesting + 8 else { throw self.malformed() }
        unsafe self.cursor += 1
        self.depth += 1
        let value = unsafe try parse(&self)
        self.depth -= 1
        return unsafe value
    }

    private mutating func parseWord(_ word: StaticString, _ value: PyPointer) throws(DecodingError) -> PyPointer {
        let count = word.utf8CodeUnitCount
        guard unsafe self.end - self.cursor >= count, unsafe memcmp(self.cursor, word.utf8Start, count) == 0 else {
            throw self.malformed()
        }
        unsafe self.cursor += count
        unsafe CPython_INCREF(value)
        return unsafe value
    }

    private mutating func parseArray() throws(DecodingError) -> PyPointer {
        let list = unsafe PythonReference(owning: try self.made(PyList_New(0)))
        self.skipSpace()
        if self.take(0x5D) { return unsafe list.release() }
        while true {
            let value = unsafe PythonReference(owning: try self.parseValue())
            guard unsafe PyList_Append(list.pointer, value.pointer) == 0 else {
                throw .exception(PythonException.takePending())
            }
            self.skipSpace()
            if self.take(0x5D) { return unsafe list.release() }
            guard self.take(0x2C) else { throw self.malformed() }
        }
    }

    private mutating func parseObject() throws(DecodingError) -> PyPointer {
        // Items usually have the same keys, so the table is allocated for the last object's number of keys and does not
        // have to grow.
        let expected = self.sizes[self.depth & 15]
        let dictionary = unsafe PythonReference(
            owning: try self.made(expected > 5 ? CPython_Dict_newPresized(expected) : PyDict_New())
        )
        self.skipSpace()
        if self.take(0x7D) { return unsafe dictionary.release() }
        var count = 0
        while true {
            count += 1
            self.skipSpace()
            guard self.take(0x22) else { throw self.malformed() }
            let key = unsafe PythonReference(owning: try self.parseKey())
            self.skipSpace()
            guard self.take(0x3A) else { throw self.malformed() }
            let value = unsafe PythonReference(owning: try self.parseValue())
            guard unsafe PyDict_SetItem(dictionary.pointer, key.pointer, value.pointer) == 0 else {
                throw .exception(PythonException.takePending())
            }
            self.skipSpace()
            if self.take(0x7D) {
                self.sizes[self.depth & 15] = min(count, Self.largestExpectation)
                return unsafe dictionary.release()
            }
            guard self.take(0x2C) else { throw self.malformed() }
        }
    }
}

// MARK: - Strings

extension JSONParser {
    /// Parses a key after its opening quote, and returns an owned reference.
    private mutating func parseKey() throws(DecodingError) -> PyPointer {
        let first = unsafe self.cursor
        guard self.passPlainString() else { return unsafe try self.parseOtherString(from: first, isKey: true) }
        return unsafe try self.makePlainString(first, self.cursor - first - 1, isKey: true)
    }

    /// Parses a string after its opening quote, and returns an owned reference.
    private mutating func parseText() throws(DecodingError) -> PyPointer {
        let first = unsafe self.cursor
        guard self.passPlainString() else { return unsafe try self.parseOtherString(from: first, isKey: false) }
        return unsafe try self.makePlainString(first, self.cursor - first - 1, isKey: false)
    }

    /// Moves the cursor past the closing quote if the string is plain ASCII, otherwise to the first byte that is not
    /// plain. Returns whether the string ended.
    @inline(__always)
    private mutating func passPlainString() -> Bool {
        while unsafe self.end - self.cursor >= 8 {
            let hits = Self.special(unsafe UnsafeRawPointer(self.cursor).loadUnaligned(as: UInt64.self))
            guard hits != 0 else {
                unsafe self.cursor += 8
                continue
            }
            unsafe self.cursor += hits.trailingZeroBitCount >> 3
            return self.take(0x22)
        }
        while unsafe self.cursor < self.end, unsafe Self.isPlain(self.cursor.pointee) { unsafe self.cursor += 1 }
        return self.take(0x22)
    }

    @inline(__always)
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x80 && byte != 0x22 && byte != 0x5C
    }

    /// A word with the top bit set for each of the eight bytes that is not plain ASCII, or is a quote, a backslash or a
    /// control character. A borrow in the subtraction can set wrong bits, but only above a correct one, and only the
    /// lowest set bit is used.
    @inline(__always)
    private static func special(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        return (word | (word &- ones &* 0x20) | (quote &- ones) | (backslash &- ones)) & 0x8080_8080_8080_8080
    }

    /// Parses the rest of a string that starts at `first`, after the cursor has passed its plain beginning.
    @inline(never)
    private mutating func parseOtherString(
        from first: UnsafePointer<UInt8>,
        isKey: Bool
    ) throws(DecodingError) -> PyPointer {
        while unsafe self.cursor < self.end {
            switch unsafe self.cursor.pointee {
            case 0x22:
                let count = unsafe self.cursor - first
                unsafe self.cursor += 1
                return unsafe try self.makeString(first, count)
            case 0x5C: return unsafe try self.parseEscapedString(from: first, isKey: isKey)
            case 0..<0x20: throw self.malformed()
            default: unsafe self.cursor += 1
            }
        }
        throw self.malformed()
    }

    /// Makes a Python string from UTF-8 text.
    private func makeString(_ first: UnsafePointer<UInt8>, _ count: Int) throws(DecodingError) -> PyPointer {
        unsafe try self.made(
            PyUnicode_DecodeUTF8(UnsafeRawPointer(first).assumingMemoryBound(to: CChar.self), count, "surrogatepass")
        )
    }

    /// Makes a Python string from ASCII text.
    @inline(__always)
    private func makePlainString(
        _ first: UnsafePointer<UInt8>,
        _ count: Int,
        isKey: Bool
    ) throws(DecodingError) -> PyPointer {
        if isKey, count <= KeyCache.longestKey {
            return unsafe try self.made(self.keys.string(first, count: count))
        }
        // CPython shares the empty string and single characters, and this call returns the shared objects.
        if count < 2 { return unsafe try self.made(PyUnicode_FromKindAndData(1, first, count)) }
        let text = unsafe try self.made(PyUnicode_New(count, 127))
        // Safety: a new string of `count` one-byte characters, which no other code has a reference to yet.
        unsafe CPython_Unicode_DATA(text).copyMemory(from: first, byteCount: count)
        return unsafe text
    }

    /// Parses the rest of a string, from its first escape on.
    private mutating func parseEscapedString(
        from first: UnsafePointer<UInt8>,
        isKey: Bool
    ) throws(DecodingError) -> PyPointer {
        self.scratch.removeAll(keepingCapacity: true)
        unsafe self.scratch.append(contentsOf: UnsafeBufferPointer(start: first, count: self.cursor - first))
        while unsafe self.cursor < self.end {
            let byte = unsafe self.cursor.pointee
            unsafe self.cursor += 1
            switch byte {
            case 0x22: return unsafe try self.makeStringFromScratch(isKey: isKey)
            case 0x5C: try self.parseEscape()
            case 0..<0x20: throw self.malformed()
            default: self.scratch.append(byte)
            }
        }
        throw self.malformed()
    }

    private func makeStringFromScratch(isKey: Bool) throws(DecodingError) -> PyPointer {
        let isASCII = self.scratch.allSatisfy { $0 < 0x80 }
        guard !self.scratch.isEmpty else {
            return unsafe try self.made(PyUnicode_FromStringAndSize(nil, 0))
        }
        var result: PyPointer?
        var failure: DecodingError?
        unsafe self.scratch.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return }
            do throws(DecodingError) {
                unsafe result =
                    isASCII
                    ? unsafe try self.makePlainString(base, bytes.count, isKey: isKey)
                    : unsafe try self.makeString(base, bytes.count)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        guard let result = unsafe result else { throw self.malformed() }
        return unsafe result
    }

    private mutating func parseEscape() throws(DecodingError) {
        guard unsafe self.cursor < self.end else { throw self.malformed() }
        let byte = unsafe self.cursor.pointee
        unsafe self.cursor += 1
        switch byte {
        case 0x22, 0x5C, 0x2F: self.scratch.append(byte)
        case 0x62: self.scratch.append(0x08)
        case 0x66: self.scratch.append(0x0C)
        case 0x6E: self.scratch.append(0x0A)
        case 0x72: self.scratch.append(0x0D)
        case 0x74: self.scratch.append(0x09)
        case 0x75:
            var unit = try self.parseHexadecimal()
            if 0xD800..<0xDC00 ~= unit, unsafe self.end - self.cursor >= 6, unsafe self.cursor[0] == 0x5C,
                unsafe self.cursor[1] == 0x75
            {
                let afterFirst = unsafe self.cursor
                unsafe self.cursor += 2
                let low = try self.parseHexadecimal()
                if 0xDC00..<0xE000 ~= low {
                    unit = 0x10000 + ((unit & 0x3FF) << 10 | low & 0x3FF)
                } else {
                    unsafe self.cursor = unsafe afterFirst
                }
            }
            self.appendScratch(unit)
        default: throw self.malformed()
        }
    }

    private mutating func parseHexadecimal() throws(DecodingError) -> UInt32 {
        var unit: UInt32 = 0
        guard unsafe self.end - self.cursor >= 4 else { throw self.malformed() }
        for _ in 0..<4 {
            let byte = unsafe self.cursor.pointee
            unsafe self.cursor += 1
            switch byte {
            case 0x30...0x39: unit = unit << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: unit = unit << 4 | UInt32(byte - 0x37)
            case 0x61...0x66: unit = unit << 4 | UInt32(byte - 0x57)
            default: throw self.malformed()
            }
        }
        return unit
    }

    /// Appends a code point to the scratch buffer as UTF-8; a lone surrogate takes its three-byte form.
    private mutating func appendScratch(_ character: UInt32) {
        switch character {
        case 0..<0x80: self.scratch.append(UInt8(character))
        case 0x80..<0x800:
            self.scratch.append(UInt8(0xC0 | character >> 6))
            self.scratch.append(UInt8(0x80 | character & 0x3F))
        case 0x800..<0x10000:
            self.scratch.append(UInt8(0xE0 | character >> 12))
            self.scratch.append(UInt8(0x80 | character >> 6 & 0x3F))
            self.scratch.append(UInt8(0x80 | character & 0x3F))
        default:
            self.scratch.append(UInt8(0xF0 | character >> 18))
            self.scratch.append(UInt8(0x80 | character >> 12 & 0x3F))
            self.scratch.append(UInt8(0x80 | character >> 6 & 0x3F))
            self.scratch.append(UInt8(0x80 | character & 0x3F))
        }
    }
}
