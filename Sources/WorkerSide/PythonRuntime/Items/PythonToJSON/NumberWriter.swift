import CPython

/// Writes Python's `int` and `float` as JSON, with the same digits as Python's `repr()`.
///
/// The values are read from the objects' storage; no method of a subclass is called.
enum NumberWriter {
    /// Writes an `int` of any size.
    static func writeInteger(
        _ value: BorrowedReference,
        _ foreignValues: ForeignValues,
        to buffer: OutputBuffer
    ) throws(EncodingFailure) {
        var overflow: Int32 = 0
        let small = unsafe PyLong_AsLongLongAndOverflow(value.pointer, &overflow)
        if overflow == 0 {
            buffer.append(decimal: Int(small))
            return
        }
        // The decimal text is made by `int` itself, not by a method of a subclass.
        let written = unsafe foreignValues.digitLimit.lifted { unsafe CPython_Long_decimal(value.pointer) }
        guard let text = unsafe try? PythonReference(checking: written) else {
            throw EncodingFailure("is an integer too large to be written")
        }
        unsafe TextWriter.write(text.borrowed, to: buffer, as: .plain)
    }

    /// Writes a `float`; a NaN or an infinity as `null`.
    static func writeFloat(_ value: BorrowedReference, to buffer: OutputBuffer) throws(EncodingFailure) {
        try Self.write(unsafe CPython_Float_AS_DOUBLE(value.pointer), to: buffer)
    }

    /// Writes a `float` that is a key, as `json.dumps` does.
    static func writeKey(_ value: BorrowedReference, to buffer: OutputBuffer) throws(EncodingFailure) {
        let number = unsafe CPython_Float_AS_DOUBLE(value.pointer)
        if number.isNaN {
            buffer.append("NaN")
        } else if number.isInfinite {
            buffer.append(number < 0 ? "-Infinity" : "Infinity")
        } else {
            try Self.write(number, to: buffer)
        }
    }

    private static func write(_ number: Double, to buffer: OutputBuffer) throws(EncodingFailure) {
        guard number.isFinite else {
            buffer.append("null")
            return
        }
        let magnitude = number.magnitude
        if magnitude < 1e15, magnitude == magnitude.rounded(.towardZero), !(number == 0 && number.sign == .minus) {
            buffer.append(decimal: Int(number))
            buffer.append(".0")
            return
        }
        // In this range Swift writes the same shortest digits as Python, in the same format, and is faster.
        if magnitude >= 1e-4, magnitude < 1e15 {
            if !Self.writeShortDecimal(number, to: buffer) { buffer.append(number.description) }
            return
        }
        guard let text = unsafe PyOS_double_to_string(number, CChar(UInt8(ascii: "r")), 0, Py_DTSF_ADD_DOT_0, nil)
        else {
            PythonException.clearPending()
            throw EncodingFailure.bufferFull
        }
        buffer.append(unsafe String(cString: text))
        unsafe PyMem_Free(text)
    }

    /// Writes a number with at most four decimal places and at most 15 digits, such as a price.
    ///
    /// Two different decimals of up to 15 digits are never the same double. So a decimal that converts to `number` is
    /// the only one, and without trailing zeros it is the shortest text of `number`, which Python also writes.
    ///
    /// - Returns: Whether the number had that form and was written.
    private static func writeShortDecimal(_ number: Double, to buffer: OutputBuffer) -> Bool {
        let scaled = (number.magnitude * 10_000).rounded()
        // Dividend and divisor are exact doubles, so the quotient is the double that the decimal's text converts to.
        guard scaled < 1e15, scaled / 10_000 == number.magnitude else { return false }
        let digits = Int(scaled)
        let (whole, fraction) = digits.quotientAndRemainder(dividingBy: 10_000)
        if number < 0 { buffer.append(0x2D) }
        buffer.append(decimal: whole)
        buffer.append(0x2E)
        var rest = fraction
        var place = 1_000
        repeat {
            buffer.append(0x30 + UInt8(truncatingIfNeeded: rest / place))
            rest %= place
            place /= 10
        } while rest > 0
        return true
    }
}
