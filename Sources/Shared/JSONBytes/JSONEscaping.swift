public import Text

/// Escapes text for JSON strings. The service, the commands and the workers use it wherever they write JSON.
///
/// Besides the characters that RFC 8259 requires, every character of ``PrintableText/isUnsafe(_:)`` is escaped. A parser
/// gets the original text back, and JSON that is shown on a terminal as it is contains no control characters.
public enum JSONEscaping {
    /// Appends `text`, escaped, without quotes. A text may be appended in several pieces; the result is the same.
    public static func append(_ text: String, to bytes: inout [UInt8]) {
        var text = text
        text.withUTF8 { utf8 in
            self.escape(UnsafeRawBufferPointer(utf8)) { bytes.append(contentsOf: $0) }
        }
    }

    /// Appends well-formed JSON text with the unsafe characters in its strings escaped. All other bytes are unchanged.
    /// Outside of strings the only control characters are tabs and line breaks between tokens, and they stay.
    public static func append(json text: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
        self.replace(in: text, isJSON: true) { bytes.append(contentsOf: $0) }
    }

    /// Passes the escaped form of `text`, which is well-formed UTF-8, to `write` in pieces.
    @inlinable
    public static func escape(_ text: UnsafeRawBufferPointer, write: (UnsafeRawBufferPointer) -> Void) {
        self.replace(in: text, isJSON: false, write: write)
    }

    /// Passes the escape sequence of one UTF-16 code unit to `write`: the short form if there is one, else `\u` and four
    /// digits.
    @inlinable
    public static func writeSequence(for unit: UInt16, write: (UnsafeRawBufferPointer) -> Void) {
        let short: UInt8? =
            switch unit {
            case 0x22, 0x5C: UInt8(unit)
            case 0x08: UInt8(ascii: "b")
            case 0x09: UInt8(ascii: "t")
            case 0x0A: UInt8(ascii: "n")
            case 0x0C: UInt8(ascii: "f")
            case 0x0D: UInt8(ascii: "r")
            default: nil
            }
        let backslash = UInt8(ascii: "\\")
        if let short {
            return withUnsafeBytes(of: (backslash, short)) { write($0) }
        }
        let digits = (
            self.digit(unit >> 12), self.digit(unit >> 8 & 0xF), self.digit(unit >> 4 & 0xF), self.digit(unit & 0xF)
        )
        withUnsafeBytes(of: (backslash, UInt8(ascii: "u"), digits.0, digits.1, digits.2, digits.3)) { write($0) }
    }

    @usableFromInline
    static func digit(_ value: UInt16) -> UInt8 {
        UInt8(value < 10 ? value + 0x30 : value + 0x57)
    }

    @inlinable
    static func replace(in text: UnsafeRawBufferPointer, isJSON: Bool, write: (UnsafeRawBufferPointer) -> Void) {
        var start = 0
        var position = 0
        while position < text.count {
            let byte = text[position]
            // Most bytes need no escape, so they are tested for first.
            guard byte < 0x20 || byte == 0x22 || byte == 0x5C || byte >= 0x7F else {
                position += 1
                continue
            }
            let length = self.unsafeLength(at: position, of: text)
            let mustEscape = byte < 0x7F ? !isJSON : length > 0
            guard mustEscape else {
                position += 1
                continue
            }
            write(UnsafeRawBufferPointer(rebasing: text[start..<position]))
            self.writeSequence(for: self.unit(at: position, of: text, length: length), write: write)
            position += max(length, 1)
            start = position
        }
        write(UnsafeRawBufferPointer(rebasing: text[start...]))
    }

    /// The length in bytes of the character at `position` if it is DEL or an unsafe character beyond ASCII; otherwise 0.
    @inlinable
    static func unsafeLength(at position: Int, of text: UnsafeRawBufferPointer) -> Int {
        // Beyond ASCII, the unsafe characters begin with one of the bytes 0xC2, 0xD8 and 0xE2.
        let length: Int
        switch text[position] {
        case 0x7F: return 1
        case 0xC2, 0xD8: length = 2
        case 0xE2: length = 3
        default: return 0
        }
        guard position + length <= text.count else { return 0 }
        let scalar = Unicode.Scalar(self.unit(at: position, of: text, length: length))
        return scalar.map(PrintableText.isUnsafe) == true ? length : 0
    }

    /// The UTF-16 code unit of the character at `position`, which has `length` bytes: 2 or 3, otherwise one.
    @inlinable
    static func unit(at position: Int, of text: UnsafeRawBufferPointer, length: Int) -> UInt16 {
        let byte = UInt16(text[position])
        switch length {
        case 2: return (byte & 0x1F) << 6 | UInt16(text[position + 1] & 0x3F)
        case 3:
            return (byte & 0xF) << 12 | UInt16(text[position + 1] & 0x3F) << 6 | UInt16(text[position + 2] & 0x3F)
        default: return byte
        }
    }
}
