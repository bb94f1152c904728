/// Finds the ends of tokens and values in JSON text, and validates them. It builds no values.
///
/// Every function takes the position where its token begins and returns the position after it. The functions read strings,
/// digits and runs of spaces eight bytes at a time. They find the byte that ends the run with arithmetic on all eight bytes
/// at once ("SIMD within a register"). They check the bounds themselves; in debug builds the subscript also traps.
struct JSONScan {
    let bytes: Bytes
    let whitespace: JSONWhitespace

    /// The text. The address of a buffer pointer is optional and would be tested for nil on every access; `start` is not.
    struct Bytes {
        private let start: UnsafeRawPointer
        let count: Int

        init(_ buffer: UnsafeRawBufferPointer) {
            // An empty buffer may have no address. The one that is used instead is never read.
            self.start = buffer.baseAddress ?? UnsafeRawPointer(bitPattern: -1).unsafelyUnwrapped
            self.count = buffer.count
        }

        @inline(__always)
        subscript(position: Int) -> UInt8 {
            assert(position >= 0 && position < self.count, "byte \(position) of \(self.count)")
            return self.start.load(fromByteOffset: position, as: UInt8.self)
        }

        subscript(range: Range<Int>) -> Slice<UnsafeRawBufferPointer> {
            UnsafeRawBufferPointer(start: self.start, count: self.count)[range]
        }

        /// Eight bytes as one number. The byte at `position` is the least significant.
        @inline(__always)
        func word(at position: Int) -> UInt64 {
            assert(position >= 0 && position + 8 <= self.count, "a word at \(position) of \(self.count)")
            return UInt64(littleEndian: self.start.loadUnaligned(fromByteOffset: position, as: UInt64.self))
        }

        /// Whether the four bytes at `position` are those of `four` in little-endian order.
        @inline(__always)
        func has(_ four: UInt32, at position: Int) -> Bool {
            guard position + 4 <= self.count else { return false }
            return UInt32(littleEndian: self.start.loadUnaligned(fromByteOffset: position, as: UInt32.self)) == four
        }
    }

    init(_ buffer: UnsafeRawBufferPointer, whitespace: JSONWhitespace) {
        self.bytes = Bytes(buffer)
        self.whitespace = whitespace
    }

    /// The value 1 in each of the eight bytes.
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    /// The top bit in each of the eight bytes.
    private static let tops: UInt64 = 0x8080_8080_8080_8080
    private static let spaces: UInt64 = ones &* 0x20

    // MARK: Between tokens

    /// Skips whitespace.
    @inline(__always)
    func skipWhitespace(_ start: Int) -> Int {
        // Most tokens of a compact text follow each other directly.
        guard start < self.bytes.count, self.bytes[start] <= 0x20 else { return start }
        // The most frequent case: one space after a colon or a comma.
        if self.bytes[start] == 0x20, start + 1 < self.bytes.count, self.bytes[start + 1] > 0x20 { return start + 1 }
        return self.skipWhitespaceRun(start)
    }

    private func skipWhitespaceRun(_ start: Int) -> Int {
        var position = start
        while position < self.bytes.count {
            switch self.bytes[position] {
            case 0x20:
                position += 1
                // Indentation is often long, so it is skipped eight spaces at a time.
                while position + 8 <= self.bytes.count, self.bytes.word(at: position) == Self.spaces { position += 8 }
            case 0x09, 0x0A, 0x0D:
                guard self.whitespace == .any else { return position }
                position += 1
            default:
                return position
            }
        }
        return position
    }

    /// The error at `position`: `reason`, or `unexpectedEnd` if the text ends there.
    private func failure(_ reason: JSONError.Reason, at position: Int) -> JSONError {
        position < self.bytes.count
            ? JSONError(reason, at: position)
            : JSONError(.unexpectedEnd, at: self.bytes.count)
    }

    // MARK: Whole values

    /// Skips one value of any kind, which begins exactly at `start`, without recursion.
    ///
    /// - Parameters:
    ///   - start: The position of the value's first byte.
    ///   - nesting: How many more arrays and objects may be inside each other from here.
    ///   - limit: The limit on all levels, including those around the value; for the error.
    /// - Returns: The position after the value.
    /// - Throws: ``JSONError`` for anything that RFC 8259 does not allow.
    func skipValue(_ start: Int, nesting: Int, limit: Int) throws(JSONError) -> Int {
        var position = start
        var containers = ContainerStack()
        value: while true {
            // Keys are read only here. A second call would make this function too large to inline the other functions.
            if containers.isInObject { position = try self.skipKey(position) }
            guard position < self.bytes.count else { throw self.failure(.unexpectedEnd, at: position) }
            let first = self.bytes[position]
            switch first {
            case UInt8(ascii: "\""):
                position = try self.skipString(position)
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard containers.depth < nesting else { throw JSONError(.tooDeep(limit: limit), at: position) }
                position = self.skipWhitespace(position + 1)
                // In ASCII, `]` is the code of `[` plus two, and `}` is the code of `{` plus two.
                guard position < self.bytes.count, self.bytes[position] == first + 2 else {
                    containers.push(isObject: first == UInt8(ascii: "{"))
                    continue value
                }
                position += 1
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                position = try self.skipNumber(position)
            default:
                position = try self.skipLiteral(position, first)
            }

            // After a value: passes the closing brackets, then the comma before the next element or member.
            while containers.depth > 0 {
                position = self.skipWhitespace(position)
                let isInObject = containers.isInObject
                let byte = try self.byte(
                    position,
                    else: isInObject ? .expectedCommaOrBrace : .expectedCommaOrBracket
                )
                if byte == UInt8(ascii: ",") {
                    position = self.skipWhitespace(position + 1)
                    continue value
                }
                guard byte == (isInObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                    throw JSONError(isInObject ? .expectedCommaOrBrace : .expectedCommaOrBracket, at: position)
                }
                position += 1
                containers.pop()
            }
            return position
        }
    }

    @inline(__always)
    func byte(_ position: Int, else reason: JSONError.Reason) throws(JSONError) -> UInt8 {
        guard position < self.bytes.count else { throw self.failure(reason, at: position) }
        return self.bytes[position]
    }

    /// Skips a key at `start`, its colon, and the whitespace around the colon.
    @inline(__always)
    func skipKey(_ start: Int) throws(JSONError) -> Int {
        guard try self.byte(start, else: .expectedKey) == UInt8(ascii: "\"") else {
            throw JSONError(.expectedKey, at: start)
        }
        return try self.skipColon(self.skipString(start))
    }

    /// Skips the colon after a key, and the whitespace around it.
    @inline(__always)
    func skipColon(_ start: Int) throws(JSONError) -> Int {
        let position = self.skipWhitespace(start)
        guard try self.byte(position, else: .expectedColon) == UInt8(ascii: ":") else {
            throw JSONError(.expectedColon, at: position)
        }
        return self.skipWhitespace(position + 1)
    }

    // MARK: Strings

    /// Skips a string, whose opening quote is at `start`.
    @inline(__always)
    func skipString(_ start: Int) throws(JSONError) -> Int {
        var position = start + 1
        while position &+ 8 <= self.bytes.count {
            let word = self.bytes.word(at: position)
            // In `hits`, the top bit of a byte is set for a quote, a backslash, a control character and a byte that is not
            // ASCII. A borrow can also set it for other bytes, but only above a byte that is a true hit. So the lowest
            // hit, which is the only one that is used, is always true.
            let quote = word ^ (Self.ones &* 0x22)
            let backslash = word ^ (Self.ones &* 0x5C)
            let hits =
                ((quote &- Self.ones) | (backslash &- Self.ones) | (word &- Self.spaces) | word) & Self.tops
            guard hits != 0 else {
                position &+= 8
                continue
            }
            let bit = hits.trailingZeroBitCount & 0x38
            position &+= bit >> 3
            if UInt8(truncatingIfNeeded: word >> UInt64(bit)) == UInt8(ascii: "\"") { return position &+ 1 }
            position = try self.skipSpecial(position)
        }
        while position < self.bytes.count {
            switch self.bytes[position] {
            case UInt8(ascii: "\""): return position + 1
            case 0x20...0x5B, 0x5D...0x7F: position += 1
            default: position = try self.skipSpecial(position)
            }
        }
        throw JSONError(.unexpectedEnd, at: self.bytes.count)
    }

    /// Skips the escapes and non-ASCII characters at `start` in a string.
    private func skipSpecial(_ start: Int) throws(JSONError) -> Int {
        let byte = self.bytes[start]
        if byte == UInt8(ascii: "\\") { return try self.skipEscape(start) }
        guard byte >= 0x80 else { throw JSONError(.controlCharacter, at: start) }
        // Non-ASCII characters often follow each other.
        var position = start
        while position < self.bytes.count, self.bytes[position] >= 0x80 {
            position = try self.skipScalar(position)
        }
        return position
    }

    private func skipEscape(_ start: Int) throws(JSONError) -> Int {
        switch try self.byte(start + 1, else: .unexpectedEnd) {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start + 2
        case UInt8(ascii: "u"):
            for position in start + 2..<start + 6 {
                guard Self.hexadecimalValue(try self.byte(position, else: .unexpectedEnd)) != nil else {
                    throw JSONError(.invalidEscape, at: start)
                }
            }
            return start + 6
        default:
            throw JSONError(.invalidEscape, at: start)
        }
    }

    /// The value of a hexadecimal digit.
    static func hexadecimalValue(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// Skips one scalar of two to four bytes, by table 3-7 of the Unicode standard (no overlong forms, no surrogates,
    /// nothing above U+10FFFF).
    @inline(__always)
    private func skipScalar(_ start: Int) throws(JSONError) -> Int {
        let lead = self.bytes[start]
        let length: Int
        let second: ClosedRange<UInt8>
        switch lead {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        default: throw JSONError(.invalidUTF8, at: start)
        }
        guard start + length <= self.bytes.count, second.contains(self.bytes[start + 1]) else {
            throw JSONError(.invalidUTF8, at: start)
        }
        for position in start + 2..<start + max(length, 2) where self.bytes[position] & 0xC0 != 0x80 {
            throw JSONError(.invalidUTF8, at: start)
        }
        return start + length
    }

    // MARK: Numbers and literals

    /// The position after the digits at `start`; `start` itself if no digit is there.
    @inline(__always)
    private func endOfDigits(_ start: Int) -> Int {
        var position = start
        while position &+ 8 <= self.bytes.count {
            // The XOR turns digits into 0 to 9. In `hits`, the top bit of a byte is set if it is not a digit: the bit was
            // set before, or the addition sets it. A carry can also set it for a digit, but only above a byte that is a
            // true hit. So the lowest hit, which is the only one that is used, is always true.
            let digits = self.bytes.word(at: position) ^ (Self.ones &* 0x30)
            let hits = ((digits &+ (Self.ones &* 0x76)) | digits) & Self.tops
            guard hits == 0 else { return position &+ hits.trailingZeroBitCount >> 3 }
            position &+= 8
        }
        while position < self.bytes.count, self.bytes[position] &- UInt8(ascii: "0") < 10 { position += 1 }
        return position
    }

    /// Skips a number.
    @inline(never)
    func skipNumber(_ start: Int) throws(JSONError) -> Int {
        let first = self.bytes[start] == UInt8(ascii: "-") ? start + 1 : start
        var position = try self.skipDigits(first)
        if position > first + 1, self.bytes[first] == UInt8(ascii: "0") {
            throw JSONError(.invalidNumber, at: first + 1)
        }
        guard position < self.bytes.count else { return position }
        if self.bytes[position] == UInt8(ascii: ".") {
            position = try self.skipDigits(position + 1)
        }
        guard position < self.bytes.count, self.bytes[position] | 0x20 == UInt8(ascii: "e") else { return position }
        position += 1
        if position < self.bytes.count,
            self.bytes[position] == UInt8(ascii: "+") || self.bytes[position] == UInt8(ascii: "-")
        {
            position += 1
        }
        return try self.skipDigits(position)
    }

    /// Skips at least one digit.
    @inline(__always)
    private func skipDigits(_ start: Int) throws(JSONError) -> Int {
        let end = self.endOfDigits(start)
        guard end > start else { throw self.failure(.invalidNumber, at: start) }
        return end
    }

    /// Skips `true`, `false` or `null`, of which `first` is the first byte.
    @inline(__always)
    private func skipLiteral(_ start: Int, _ first: UInt8) throws(JSONError) -> Int {
        let (rest, position) =
            switch first {
            case UInt8(ascii: "t"): (0x6575_7274 as UInt32, start)  // "true"
            case UInt8(ascii: "f"): (0x6573_6C61, start + 1)  // "alse"
            default: (0x6C6C_756E, start)  // "null"
            }
        return self.bytes.has(rest, at: position) ? position + 4 : try self.skipLiteralSlowly(start, first)
    }

    /// Does the same as `skipLiteral`, but byte by byte, to find the error.
    @inline(never)
    private func skipLiteralSlowly(_ start: Int, _ first: UInt8) throws(JSONError) -> Int {
        switch first {
        case UInt8(ascii: "t"): try self.skip("true", at: start)
        case UInt8(ascii: "f"): try self.skip("false", at: start)
        case UInt8(ascii: "n"): try self.skip("null", at: start)
        default: throw JSONError(.expectedValue, at: start)
        }
    }

    private func skip(_ literal: StaticString, at start: Int) throws(JSONError) -> Int {
        for index in 0..<literal.utf8CodeUnitCount {
            guard try self.byte(start + index, else: .unexpectedEnd) == literal.utf8Start[index] else {
                throw JSONError(.invalidLiteral, at: start)
            }
        }
        return start + literal.utf8CodeUnitCount
    }
}

/// The open containers, with one bit each that is set for an object. `bits` has the bits of the innermost containers, at
/// most 64, and its lowest bit is that of the innermost one. `outer` has the bits of all others, 64 in an element.
private struct ContainerStack {
    private(set) var depth = 0
    private var bits: UInt64 = 0
    private var outer: [UInt64] = []

    @inline(__always)
    var isInObject: Bool { self.bits & 1 == 1 }

    @inline(__always)
    mutating func push(isObject: Bool) {
        if self.depth & 63 == 0, self.depth > 0 { self.outer.append(self.bits) }
        self.bits = self.bits << 1 | (isObject ? 1 : 0)
        self.depth += 1
    }

    @inline(__always)
    mutating func pop() {
        self.bits >>= 1
        self.depth -= 1
        if self.depth & 63 == 0, self.depth > 0, let bits = self.outer.popLast() { self.bits = bits }
    }
}
