/// A cursor over JSON text. It validates what it passes and builds no values.
///
/// The caller visits the containers that it needs with ``members(limit:_:)`` and ``elements(_:)``, and skips other values
/// with ``skip()``. The whole text is read and validated against RFC 8259 once. Positions and ranges count from the first
/// byte of the buffer, which must outlive the reader.
public struct JSONReader {
    private let scan: JSONScan
    private let limit: Int
    private var nesting: Int

    /// The position of the next value, or of the whitespace before it.
    public private(set) var position: Int

    /// Makes a reader at the start of the text.
    ///
    /// - Parameters:
    ///   - bytes: The text. Owned by the caller; it must not change or be freed while the reader is in use.
    ///   - maximumNesting: How many arrays and objects may be inside each other; `[]` is one level.
    ///   - whitespace: The whitespace that is accepted between tokens.
    public init(_ bytes: UnsafeRawBufferPointer, maximumNesting: Int, whitespace: JSONWhitespace = .any) {
        self.scan = JSONScan(bytes, whitespace: whitespace)
        self.limit = maximumNesting
        self.nesting = maximumNesting
        self.position = 0
    }

    /// The kind of the next value by its first byte; the rest of the value has not been validated.
    ///
    /// - Throws: ``JSONError`` when no value begins here.
    public mutating func peek() throws(JSONError) -> JSONKind {
        self.position = self.scan.skipWhitespace(self.position)
        let byte = try self.scan.byte(self.position, else: .expectedValue)
        guard let kind = JSONKind(startingWith: byte) else { throw JSONError(.expectedValue, at: self.position) }
        return kind
    }

    /// Skips the next value.
    ///
    /// - Returns: The range of the value.
    /// - Throws: ``JSONError`` when it is malformed or nested too deep.
    @discardableResult
    public mutating func skip() throws(JSONError) -> Range<Int> {
        let start = self.scan.skipWhitespace(self.position)
        self.position = try self.scan.skipValue(start, nesting: self.nesting, limit: self.limit)
        return start..<self.position
    }

    /// Skips the next value if it is of `kind`.
    ///
    /// - Returns: The range of the value.
    /// - Throws: ``JSONError`` with `wrongKind` at the value's first byte if it is of another kind, or as ``skip()``.
    public mutating func skip(_ kind: JSONKind) throws(JSONError) -> Range<Int> {
        try self.expect(kind)
        return try self.skip()
    }

    private mutating func expect(_ kind: JSONKind) throws(JSONError) {
        let found = try self.peek()
        guard found == kind else { throw JSONError(.wrongKind(expected: kind, found: found), at: self.position) }
    }

    /// Visits the members of the next value, which must be an object.
    ///
    /// - Parameters:
    ///   - limit: The most members that are accepted. All keys are kept until the end of the object, to find duplicates. So
    ///     this number bounds the memory that an object from a peer can take.
    ///   - body: Called for every member in turn, with the reader before the member's value. If `body` does not read the
    ///     value, the value is skipped. An error of `body` ends the reading.
    /// - Returns: The range of the object.
    /// - Throws: ``JSONError`` when the value is not an object or is malformed, has more than `limit` members, or has a key
    ///   twice; and what `body` throws.
    @discardableResult
    public mutating func members(
        limit: Int,
        _ body: (_ reader: inout JSONReader, _ key: JSONKey) throws -> Void
    ) throws -> Range<Int> {
        try self.expect(.object)
        let start = self.position
        try self.enter()
        var keys = Set<[UInt8]>()
        var position = self.scan.skipWhitespace(start + 1)
        if try self.scan.byte(position, else: .expectedKey) != UInt8(ascii: "}") {
            repeat {
                guard keys.count < limit else { throw JSONError(.tooManyMembers(limit: limit), at: position) }
                let key = try self.key(at: position)
                guard keys.insert(key.bytes).inserted else {
                    throw JSONError(.duplicateKey(key.text), at: key.offset)
                }
                try self.passValue { (reader) throws in try body(&reader, key) }
            } while try self.passComma(&position, closing: UInt8(ascii: "}"), else: .expectedCommaOrBrace)
        }
        self.leave(at: position)
        return start..<self.position
    }

    /// Visits the elements of the next value, which must be an array.
    ///
    /// - Parameter body: Called for every element in turn with its index, with the reader before the element. If `body` does
    ///   not read the element, the element is skipped. An error of `body` ends the reading.
    /// - Returns: The range of the array.
    /// - Throws: ``JSONError`` when the value is not an array or is malformed; and what `body` throws.
    @discardableResult
    public mutating func elements(
        _ body: (_ reader: inout JSONReader, _ index: Int) throws -> Void
    ) throws -> Range<Int> {
        let (start, first) = try self.enterArray()
        var position = first ?? self.position
        if first != nil {
            var index = 0
            repeat {
                self.position = position
                try self.passValue { (reader) throws in try body(&reader, index) }
                index += 1
            } while try self.passComma(&position, closing: UInt8(ascii: "]"), else: .expectedCommaOrBracket)
        }
        self.leave(at: position)
        return start..<self.position
    }

    /// Enters the next value, which must be an array.
    ///
    /// - Returns: The positions of the array and of its first element. `first` is nil for an empty array; ``position``
    ///   is then that of the closing bracket.
    private mutating func enterArray() throws(JSONError) -> (start: Int, first: Int?) {
        try self.expect(.array)
        let start = self.position
        try self.enter()
        self.position = self.scan.skipWhitespace(start + 1)
        let isEmpty = try self.scan.byte(self.position, else: .expectedValue) == UInt8(ascii: "]")
        return (start, isEmpty ? nil : self.position)
    }

    /// Reads the comma or the closing bracket after a member or an element.
    ///
    /// - Returns: Whether another member or element follows. Then `position` is that of its first byte, otherwise that
    ///   of the closing bracket.
    private func passComma(
        _ position: inout Int,
        closing: UInt8,
        else expected: JSONError.Reason
    ) throws(JSONError) -> Bool {
        position = self.scan.skipWhitespace(self.position)
        let byte = try self.scan.byte(position, else: expected)
        if byte == closing { return false }
        guard byte == UInt8(ascii: ",") else { throw JSONError(expected, at: position) }
        position = self.scan.skipWhitespace(position + 1)
        return true
    }

    /// Skips an array whose elements must all be objects.
    ///
    /// - Returns: The range of the array.
    /// - Throws: ``JSONError`` with `elementIsNoObject` at the first element that is not an object, or as ``skip()``.
    public mutating func skipArrayOfObjects() throws(JSONError) -> Range<Int> {
        let (start, firstElement) = try self.enterArray()
        var position = firstElement ?? self.position
        if firstElement != nil {
            var index = 0
            while true {
                let first = try self.scan.byte(position, else: .expectedValue)
                guard first == UInt8(ascii: "{") else {
                    guard let kind = JSONKind(startingWith: first) else {
                        throw JSONError(.expectedValue, at: position)
                    }
                    // A malformed element is reported as malformed rather than as the wrong kind.
                    _ = try self.scan.skipValue(position, nesting: self.nesting, limit: self.limit)
                    throw JSONError(.elementIsNoObject(index: index, found: kind), at: position)
                }
                position = try self.scan.skipValue(position, nesting: self.nesting, limit: self.limit)
                index += 1
                position = self.scan.skipWhitespace(position)
                let byte = try self.scan.byte(position, else: .expectedCommaOrBracket)
                if byte == UInt8(ascii: "]") { break }
                guard byte == UInt8(ascii: ",") else { throw JSONError(.expectedCommaOrBracket, at: position) }
                position = self.scan.skipWhitespace(position + 1)
            }
        }
        self.leave(at: position)
        return start..<self.position
    }

    /// Checks that only whitespace is left.
    ///
    /// - Throws: ``JSONError`` with `trailingBytes` at the first byte that is not whitespace.
    public mutating func finish() throws(JSONError) {
        self.position = self.scan.skipWhitespace(self.position)
        guard self.position == self.scan.bytes.count else { throw JSONError(.trailingBytes, at: self.position) }
    }

    // MARK: Inside

    private mutating func key(at start: Int) throws(JSONError) -> JSONKey {
        guard try self.scan.byte(start, else: .expectedKey) == UInt8(ascii: "\"") else {
            throw JSONError(.expectedKey, at: start)
        }
        let end = try self.scan.skipString(start)
        self.position = try self.scan.skipColon(end)
        return JSONKey(bytes: JSONValue.string(self.scan.bytes[start..<end]), offset: start)
    }

    /// Calls `body`, and skips the next value if `body` has not read it.
    private mutating func passValue(_ body: (inout JSONReader) throws -> Void) throws {
        let start = self.position
        let nesting = self.nesting
        try body(&self)
        precondition(self.nesting == nesting, "a reader was left in the middle of a container")
        // The position is that of the value's first byte, and `peek` does not move it from there. So an unchanged position
        // means that `body` has not read the value.
        if self.position == start { try self.skip() }
    }

    private mutating func enter() throws(JSONError) {
        guard self.nesting > 0 else { throw JSONError(.tooDeep(limit: self.limit), at: self.position) }
        self.nesting -= 1
    }

    private mutating func leave(at closing: Int) {
        self.nesting += 1
        self.position = closing + 1
    }
}
