/// Decodes single values that a ``JSONReader`` has passed, and that are therefore well-formed.
public enum JSONValue {
    /// The contents of a string, unescaped.
    ///
    /// - Parameter text: A well-formed string with its quotes.
    /// - Returns: The contents as UTF-8. A lone surrogate is encoded as three bytes (WTF-8).
    public static func string(_ text: Slice<UnsafeRawBufferPointer>) -> [UInt8] {
        let quoted = UnsafeRawBufferPointer(rebasing: text)
        precondition(quoted.count >= 2, "a string without its quotes")
        let source = UnsafeRawBufferPointer(rebasing: quoted[1..<quoted.count - 1])
        // Unescaping never makes a text longer.
        return [UInt8](unsafeUninitializedCapacity: source.count) { target, count in
            var reading = 0
            while reading < source.count {
                let byte = source[reading]
                guard byte == UInt8(ascii: "\\"), reading + 1 < source.count else {
                    target[count] = byte
                    count += 1
                    reading += 1
                    continue
                }
                guard source[reading + 1] == UInt8(ascii: "u") else {
                    target[count] = self.unescaped(source[reading + 1])
                    count += 1
                    reading += 2
                    continue
                }
                var scalar = self.codeUnit(source, at: reading)
                reading += 6
                if scalar & 0xFC00 == 0xD800, reading + 6 <= source.count, source[reading] == UInt8(ascii: "\\"),
                    source[reading + 1] == UInt8(ascii: "u")
                {
                    let low = self.codeUnit(source, at: reading)
                    if low & 0xFC00 == 0xDC00 {
                        scalar = 0x1_0000 + (scalar & 0x3FF) << 10 + (low & 0x3FF)
                        reading += 6
                    }
                }
                self.encode(scalar, to: target, &count)
            }
        }
    }

    /// The contents of a string in a slice of an array, unescaped. Parameter and result are those of the function for a
    /// buffer.
    public static func string(_ text: ArraySlice<UInt8>) -> [UInt8] {
        text.withUnsafeBytes { self.string($0[...]) }
    }

    /// The contents of a string as text.
    ///
    /// - Parameter text: A well-formed string with its quotes.
    /// - Returns: nil if it has a lone surrogate, which no `String` can hold.
    public static func text(_ text: Slice<UnsafeRawBufferPointer>) -> String? {
        String(validating: self.string(text), as: UTF8.self)
    }

    /// The value of an integer.
    ///
    /// - Parameter text: A well-formed number.
    /// - Returns: nil if it has a fraction or an exponent, or does not fit.
    public static func integer(_ text: Slice<UnsafeRawBufferPointer>) -> Int? {
        let isNegative = text.first == UInt8(ascii: "-")
        var value = 0
        for byte in isNegative ? text.dropFirst() : text {
            guard byte &- UInt8(ascii: "0") < 10 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let digit = Int(byte - UInt8(ascii: "0"))
            let (sum, carry) =
                isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return value
    }

    /// The value of a whole number, however it is written (`5`, `5.0`, `5e3`); JSON Schema defines `integer` in this
    /// way. The value is clamped to -10¹⁵…10¹⁵.
    ///
    /// - Parameter text: A well-formed number.
    /// - Returns: nil if it has a fraction.
    public static func wholeNumber(_ text: Slice<UnsafeRawBufferPointer>) -> Int? {
        let bound = 1_000_000_000_000_000
        if let integer = Self.integer(text) { return min(max(integer, -bound), bound) }
        guard let value = Double(String(decoding: text, as: UTF8.self)), value == value.rounded() else { return nil }
        return Int(min(max(value, -Double(bound)), Double(bound)))
    }

    /// The value of a boolean.
    ///
    /// - Parameter text: `true` or `false`.
    /// - Returns: Whether it is `true`.
    public static func boolean(_ text: Slice<UnsafeRawBufferPointer>) -> Bool {
        text.first == UInt8(ascii: "t")
    }

    private static func unescaped(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "r"): 0x0D
        default: byte
        }
    }

    /// The UTF-16 code unit of the escape at `start`, or a replacement character if there is no valid escape.
    private static func codeUnit(_ source: UnsafeRawBufferPointer, at start: Int) -> UInt32 {
        guard start + 6 <= source.count else { return 0xFFFD }
        var value: UInt32 = 0
        for position in start + 2..<start + 6 {
            guard let digit = JSONScan.hexadecimalValue(source[position]) else { return 0xFFFD }
            value = value << 4 | digit
        }
        return value
    }

    /// Writes a scalar as UTF-8. A surrogate is written in the same way, as three bytes.
    private static func encode(_ scalar: UInt32, to target: UnsafeMutableBufferPointer<UInt8>, _ count: inout Int) {
        func put(_ byte: UInt32) {
            target[count] = UInt8(truncatingIfNeeded: byte)
            count += 1
        }
        switch scalar {
        case 0..<0x80:
            put(scalar)
        case 0x80..<0x800:
            put(0xC0 | scalar >> 6)
            put(0x80 | scalar & 0x3F)
        case 0x800..<0x1_0000:
            put(0xE0 | scalar >> 12)
            put(0x80 | scalar >> 6 & 0x3F)
            put(0x80 | scalar & 0x3F)
        default:
            put(0xF0 | scalar >> 18)
            put(0x80 | scalar >> 12 & 0x3F)
            put(0x80 | scalar >> 6 & 0x3F)
            put(0x80 | scalar & 0x3F)
        }
    }
}
