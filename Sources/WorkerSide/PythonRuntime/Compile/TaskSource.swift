/// The submitted code in the form that the compiler reads: UTF-8 without a byte order mark, newlines as LF, no NUL, no
/// surrogates.
///
/// The conversion does not change line numbers. Columns change only on the first line of a text with a byte order mark,
/// which does not count as a column.
struct TaskSource {
    /// The text, followed by a terminating NUL for C functions.
    let bytes: [UInt8]
    /// Properties of the text that decide whether the fast way of compiling can be used.
    let features: Features

    /// The text without the terminating NUL.
    var count: Int { self.bytes.count - 1 }

    /// Properties of the text, collected while it is read.
    struct Features: OptionSet {
        let rawValue: UInt8
        /// A token may span lines: the text has a backslash before the end of a line or of the text, or triple quotes.
        /// Triple quotes that begin a line and are closed on the same line do not count.
        static let multilineToken = Features(rawValue: 1)
        /// A form feed, which resets the column the tokenizer counts.
        static let formFeed = Features(rawValue: 2)
        /// Lines indented by tabs. A tab after an inserted space advances by fewer columns.
        static let tabIndent = Features(rawValue: 4)
        /// Lines indented by spaces.
        static let spaceIndent = Features(rawValue: 8)
        /// The word `global` occurs. The body may have to share a global variable with a nested function.
        static let globalWord = Features(rawValue: 16)
        /// Text that may contain the name of the fast way's wrapper function.
        static let wrapperName = Features(rawValue: 32)
    }

    /// Converts submitted code to the compiler's form.
    ///
    /// - Throws: ``SourceProblem`` for a text that contains a NUL byte, a lone surrogate or invalid UTF-8.
    init(_ code: UnsafeRawBufferPointer) throws(SourceProblem) {
        var code = unsafe code
        if unsafe code.starts(with: [0xEF, 0xBB, 0xBF]) {
            unsafe code = UnsafeRawBufferPointer(rebasing: code.dropFirst(3))
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(code.count + 1)
        if unsafe code.contains(0x0D) {
            var previousWasReturn = false
            for index in code.indices {
                let byte = unsafe code[index]
                if byte == 0x0D {
                    bytes.append(0x0A)
                } else if byte != 0x0A || !previousWasReturn {
                    bytes.append(byte)
                }
                previousWasReturn = byte == 0x0D
            }
        } else {
            unsafe bytes.append(contentsOf: code)
        }
        bytes.append(0)
        self.features = try Self.scan(bytes)
        self.bytes = bytes
    }

    /// Reads the text once, collects its features, and refuses a text that cannot be Python source.
    private static func scan(_ bytes: [UInt8]) throws(SourceProblem) -> Features {
        var features: Features = []
        var problem: SourceProblem?
        // Safety: every index is below `count`. Reading two bytes after a quote, or one after a backslash, stops at the
        // terminating NUL.
        unsafe bytes.withUnsafeBufferPointer { text in
            let count = text.count - 1
            var index = 0
            var atLineStart = true
            var endOfDocstring = 0
            while index < count {
                let byte = unsafe text[index]
                if byte >= 0x80 {
                    guard let length = unsafe Self.sequenceLength(text, index, count) else {
                        problem = SourceProblem(at: index, in: bytes)
                        return
                    }
                    index += length
                    atLineStart = false
                    continue
                }
                switch byte {
                case 0x0A:
                    atLineStart = true
                    index += 1
                    continue
                case 0x09 where atLineStart:
                    features.insert(.tabIndent)
                    index += 1
                    continue
                case 0x20 where atLineStart:
                    features.insert(.spaceIndent)
                    index += 1
                    continue
                case 0x0C:
                    features.insert(.formFeed)
                case 0x22, 0x27:
                    guard unsafe index >= endOfDocstring && Self.isTripleQuote(text, index) else { break }
                    // Quotes at the beginning of a line open a string, unless an earlier line ended inside a string.
                    if atLineStart, let end = unsafe Self.endOfString(text, index, count) {
                        endOfDocstring = end
                    } else {
                        features.insert(.multilineToken)
                    }
                case 0x5C:
                    if unsafe text[index + 1] == 0x0A || index + 1 == count { features.insert(.multilineToken) }
                case 0x67:
                    if unsafe Self.matches(text, index, "global") { features.insert(.globalWord) }
                case 0x5F:
                    if unsafe Self.matches(text, index, "_terrarium") { features.insert(.wrapperName) }
                case 0x00:
                    problem = SourceProblem(at: index, in: bytes)
                    return
                default:
                    break
                }
                atLineStart = false
                index += 1
            }
        }
        if let problem { throw problem }
        return features
    }

    /// Whether the quote at `index` is the first of three equal quotes.
    private static func isTripleQuote(_ text: UnsafeBufferPointer<UInt8>, _ index: Int) -> Bool {
        // Safety: the NUL after the text is not a quote, so the comparison stops there.
        unsafe text[index + 1] == text[index] && text[index + 2] == text[index]
    }

    /// The end of the string that the triple quote at `start` opens; nil if the string does not end on the same line.
    private static func endOfString(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ count: Int) -> Int? {
        var index = start + 3
        while index < count, unsafe text[index] != 0x0A {
            if unsafe text[index] == text[start], unsafe Self.isTripleQuote(text, index) { return index + 3 }
            index += unsafe text[index] == 0x5C ? 2 : 1
        }
        return nil
    }

    /// Whether the text has `word` at `index`.
    private static func matches(_ text: UnsafeBufferPointer<UInt8>, _ index: Int, _ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard index + length < text.count else { return false }
        // Safety: both ranges hold `length` bytes.
        for offset in 0..<length where unsafe text[index + offset] != word.utf8Start[offset] { return false }
        return true
    }

    /// The length of the UTF-8 sequence at `index`; nil if the sequence is malformed (RFC 3629, section 4).
    private static func sequenceLength(_ text: UnsafeBufferPointer<UInt8>, _ index: Int, _ count: Int) -> Int? {
        let first = unsafe text[index]
        let length: Int
        var low: UInt8 = 0x80
        var high: UInt8 = 0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, low) = (3, 0xA0)
        case 0xED: (length, high) = (3, 0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, low) = (4, 0x90)
        case 0xF4: (length, high) = (4, 0x8F)
        case 0xF1...0xF3: length = 4
        default: return nil
        }
        guard index + length <= count, unsafe (low...high).contains(text[index + 1]) else { return nil }
        for offset in 2..<max(length, 2) where unsafe text[index + offset] & 0xC0 != 0x80 { return nil }
        return length
    }
}

/// The reason why a text cannot be Python source, and the position.
struct SourceProblem: Error {
    let message: String
    /// The line, counted from 1.
    let line: Int
    /// The column, counted from 1 in code points.
    let column: Int
    let sourceLine: String

    fileprivate init(at index: Int, in bytes: [UInt8]) {
        var line = 1
        var lineStart = 0
        for position in 0..<index where bytes[position] == 0x0A {
            line += 1
            lineStart = position + 1
        }
        let lineEnd = bytes[index...].firstIndex(of: 0x0A) ?? bytes.count - 1
        self.line = line
        self.column = bytes[lineStart..<index].count { $0 & 0xC0 != 0x80 } + 1
        self.sourceLine = String(decoding: bytes[lineStart..<lineEnd], as: UTF8.self)
        if bytes[index] == 0 {
            self.message = "source code cannot contain null bytes"
        } else if bytes[index] == 0xED, index + 2 < bytes.count, bytes[index + 1] >= 0xA0 {
            let unit = 0xD000 | (UInt32(bytes[index + 1] & 0x3F) << 6) | UInt32(bytes[index + 2] & 0x3F)
            self.message = "source code cannot contain a lone surrogate (U+\(String(unit, radix: 16, uppercase: true)))"
        } else {
            self.message = "source code is not valid UTF-8"
        }
    }
}
