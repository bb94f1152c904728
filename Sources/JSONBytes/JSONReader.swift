/// A cursor over JSON text that checks what it passes and builds nothing.
///
/// Callers steer it through the containers they care about with ``members(_:)`` and ``elements(_:)`` and let it
/// ``skip()`` the rest. All of a text is thereby read, and held to RFC 8259, once. Positions and ranges count from the
/// first byte of the buffer it was made with, which must outlive it.
public struct JSONReader {
    private let scan: JSONScan
    private let limit: Int
    private var nesting: Int

    /// Where the next value, or what separates it from this point, begins.
    public private(set) var position: Int

    /// Makes a reader that stands before the text's first byte.
    ///
    /// - Parameters:
    ///   - bytes: The text. It stays the caller's and must not change or go away while the reader is in use.
    ///   - maximumNesting: How many arrays and objects may be inside each other; `[]` is one level.
    ///   - whitespace: What may stand between tokens.
    public init(_ bytes: UnsafeRawBufferPointer, maximumNesting: Int, whitespace: JSONWhitespace = .any) {
        self.scan = JSONScan(bytes, whitespace: whitespace)
        self.limit = maximumNesting
        self.nesting = maximumNesting
        self.position = 0
    }

    /// The kind of the value ahead, as its first byte tells; the value itself may turn out to be malformed.
    ///
    /// - Throws: ``JSONError`` when no value begins here.
    public mutating func peek() throws(JSONError) -> JSONKind {
        self.position = self.scan.skipWhitespace(self.position)
        let byte = try self.scan.byte(self.position, else: .expectedValue)
        guard let kind = JSONKind(startingWith: byte) else { throw JSONError(.expectedValue, at: self.position) }
        return kind
    }

    /// Passes the value ahead.
    ///
    /// - Returns: Where it stands.
    /// - Throws: ``JSONError`` when it is malformed or nested too deep.
    @discardableResult
    public mutating func skip() throws(JSONError) -> Range<Int> {
        let start = self.scan.skipWhitespace(self.position)
        self.position = try self.scan.skipValue(start, nesting: self.nesting, limit: self.limit)
        return start..<self.position
    }

    /// Passes the value ahead if it is of `kind`.
    ///
    /// - Returns: Where it stands.
    /// - Throws: ``JSONError`` with `wrongKind` at the value's first byte if it is of another kind, or as ``skip()``.
    public mutating func skip(_ kind: JSONKind) throws(JSONError) -> Range<Int> {
        try self.expect(kind)
        return try self.skip()
    }

    private mutating func expect(_ kind: JSONKind) throws(JSONError) {
        let found = try self.peek()
        guard found == kind else { throw JSONError(.wrongKind(expected: kind, found: found), at: self.position) }
    }

    /// Goes through the members of the object ahead.
    ///
    /// - Parameter body: Called for every member in turn, with the reader before its value. What it does not pass
    ///   itself is skipped for it. Its errors end the reading.
    /// - Returns: Where the object stands.
    /// - Throws: ``JSONError`` for what is malformed, no object, or has a key twice; and what `body` throws.
    @discardableResult
    public mutating func members(
        _ body: (_ reader: inout JSONReader, _ key: JSONKey) throws -> Void
    ) throws -> Range<Int> {
        try self.expect(.object)
        let start = self.position
        try self.enter()
        var keys = Set<[UInt8]>()
        var position = self.scan.skipWhitespace(start + 1)
        if try self.scan.byte(position, else: .expectedKey) != UInt8(ascii: "}") {
            while true {
                let key = try self.key(at: position)
                guard keys.insert(key.bytes).inserted else {
                    throw JSONError(.duplicateKey(key.text), at: key.offset)
                }
                try self.passValue { (reader) throws in try body(&reader, key) }
                position = self.scan.skipWhitespace(self.position)
                let byte = try self.scan.byte(position, else: .expectedCommaOrBrace)
                if byte == UInt8(ascii: "}") { break }
                guard byte == UInt8(ascii: ",") else { throw JSONError(.expectedCommaOrBrace, at: position) }
                position = self.scan.skipWhitespace(position + 1)
            }
        }
        self.leave(at: position)
        return start..<self.position
    }

    /// Goes through the elements of the array ahead.
    ///
    /// - Parameter body: Called for every element in turn with its index, with the reader before it. What it does not
    ///   pass itself is skipped for it. Its errors end the reading.
    /// - Returns: Where the array stands.
    /// - Throws: ``JSONError`` for what is malformed or no array; and what `body` throws.
    @discardableResult
    public mutating func elements(
        _ body: (_ reader: inout JSONReader, _ index: Int) throws -> Void
    ) throws -> Range<Int> {
        try self.expect(.array)
        let start = self.position
        try self.enter()
        var position = self.scan.skipWhitespace(start + 1)
        if try self.scan.byte(position, else: .expectedValue) != UInt8(ascii: "]") {
            var index = 0
            while true {
                self.position = position
                try self.passValue { (reader) throws in try body(&reader, index) }
                index += 1
                position = self.scan.skipWhitespace(self.position)
                let byte = try self.scan.byte(position, else: .expectedCommaOrBracket)
                if byte == UInt8(ascii: "]") { break }
                guard byte == UInt8(ascii: ",") else { throw JSONError(.expectedCommaOrBracket, at: position) }
                position = self.scan.skipWhitespace(position + 1)
            }
        }
        self.leave(at: position)
        return start..<self.position
    }

    /// Passes an array whose elements must all be objects.
    ///
    /// - Returns: Where it stands.
    /// - Throws: ``JSONError`` with `elementIsNoObject` at the first element that is something else, or as ``skip()``.
    public mutating func skipArrayOfObjects() throws(JSONError) -> Range<Int> {
        try self.expect(.array)
        let start = self.position
        try self.enter()
        var position = self.scan.skipWhitespace(start + 1)
        if try self.scan.byte(position, else: .expectedValue) != UInt8(ascii: "]") {
            var index = 0
            while true {
                let first = try self.scan.byte(position, else: .expectedValue)
                guard first == UInt8(ascii: "{") else {
                    guard let kind = JSONKind(startingWith: first) else {
                        throw JSONError(.expectedValue, at: position)
                    }
                    // What is malformed is reported as that, wherever it is of the wrong kind too.
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

    /// Makes sure that nothing but whitespace is left.
    ///
    /// - Throws: ``JSONError`` with `trailingBytes` at the first byte that is something else.
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

    /// Lets `body` pass the value ahead, or passes it when `body` did not.
    private mutating func passValue(_ body: (inout JSONReader) throws -> Void) throws {
        let start = self.position
        let nesting = self.nesting
        try body(&self)
        precondition(self.nesting == nesting, "a reader was left in the middle of a container")
        // Peeking moves over whitespace only, and there is none ahead of a value here.
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

/// The key of an object's member.
public struct JSONKey: Equatable, Sendable {
    /// The key after unescaping, as UTF-8; a lone surrogate stands in its three-byte form.
    public let bytes: [UInt8]
    /// Where its opening quote stands.
    public let offset: Int

    /// The key as text; a lone surrogate is replaced.
    public var text: String { String(decoding: self.bytes, as: UTF8.self) }
}
