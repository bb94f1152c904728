import CPython

extension JSONParser {
    /// Parses the number at the cursor and returns an owned reference: an `int` of any size, or a `float` if the number
    /// has a fraction or an exponent.
    mutating func parseNumber() throws(DecodingError) -> PyPointer {
        let first = unsafe self.cursor
        let isNegative = self.take(0x2D)
        var mantissa: UInt64 = 0
        var digits = 0
        let integerStart = unsafe self.cursor
        digits += self.parseDigits(into: &mantissa)
        guard digits > 0, unsafe digits == 1 || integerStart.pointee != 0x30 else { throw self.malformed() }
        var exponent = 0
        var isFloat = false
        if self.take(0x2E) {
            isFloat = true
            let fraction = self.parseDigits(into: &mantissa)
            guard fraction > 0 else { throw self.malformed() }
            exponent -= fraction
            digits += fraction
        }
        if unsafe self.cursor < self.end, unsafe self.cursor.pointee | 0x20 == 0x65 {
            isFloat = true
            unsafe self.cursor += 1
            let negativeExponent = self.take(0x2D)
            if !negativeExponent { _ = self.take(0x2B) }
            var value: UInt64 = 0
            let count = self.parseDigits(into: &value)
            guard count > 0 else { throw self.malformed() }
            // A longer exponent is bounded to a value that selects ``makeNumber(_:_:isFloat:)``, which reads the
            // exponent from the text.
            let bounded = count > 5 ? 100_000 : Int(value)
            exponent += negativeExponent ? -bounded : bounded
        }
        let count = unsafe self.cursor - first
        if !isFloat, digits <= 18 {
            let value = Int64(mantissa)
            return unsafe try self.made(PyLong_FromLongLong(isNegative ? -value : value))
        }
        // The result is correctly rounded, because the mantissa and the power of ten are both exact as doubles
        // (Clinger's fast path).
        if isFloat, digits <= 15, abs(exponent) < Self.powersOfTen.count {
            let power = Self.powersOfTen[abs(exponent)]
            let magnitude = exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
            return unsafe try self.made(PyFloat_FromDouble(isNegative ? -magnitude : magnitude))
        }
        return unsafe try self.makeNumber(first, count, isFloat: isFloat)
    }

    private static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    /// Reads digits and returns their number. `value` is correct for up to 19 digits.
    @inline(__always)
    private mutating func parseDigits(into value: inout UInt64) -> Int {
        let first = unsafe self.cursor
        while unsafe self.cursor < self.end {
            let digit = unsafe self.cursor.pointee &- 0x30
            guard digit < 10 else { break }
            value = value &* 10 &+ UInt64(digit)
            unsafe self.cursor += 1
        }
        return unsafe self.cursor - first
    }

    /// Converts the number's text by CPython's own functions, which are exact but slower.
    private mutating func makeNumber(
        _ first: UnsafePointer<UInt8>,
        _ count: Int,
        isFloat: Bool
    ) throws(DecodingError) -> PyPointer {
        self.scratch.removeAll(keepingCapacity: true)
        unsafe self.scratch.append(contentsOf: UnsafeBufferPointer(start: first, count: count))
        self.scratch.append(0)
        let result = unsafe self.scratch.withUnsafeBytes { bytes -> PyPointer? in
            let text = unsafe bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: CChar.self)
            guard isFloat else { return unsafe self.digitLimit.lifted { unsafe PyLong_FromString(text, nil, 10) } }
            let value = unsafe PyOS_string_to_double(text, nil, nil)
            if value == -1, unsafe PyErr_Occurred() != nil { return nil }
            return unsafe PyFloat_FromDouble(value)
        }
        return unsafe try self.made(result)
    }
}
