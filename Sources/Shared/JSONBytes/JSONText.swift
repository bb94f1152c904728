/// Checks of whole texts.
public enum JSONText {
    /// Checks that `bytes` are exactly one well-formed value in UTF-8, with nothing but whitespace around it.
    ///
    /// RFC 8259 defines which text is well-formed. It allows escapes of lone surrogates such as `\ud800`.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - maximumNesting: How many arrays and objects may be inside each other; `[]` is one level.
    ///   - whitespace: The whitespace that is accepted between tokens; ``JSONWhitespace/spacesOnly`` means text of one line.
    /// - Returns: The kind of the value.
    /// - Throws: ``JSONError`` with the offset of the first fault.
    @discardableResult
    public static func validate(
        _ bytes: UnsafeRawBufferPointer,
        maximumNesting: Int,
        whitespace: JSONWhitespace = .any
    ) throws(JSONError) -> JSONKind {
        var reader = JSONReader(bytes, maximumNesting: maximumNesting, whitespace: whitespace)
        let kind = try reader.peek()
        try reader.skip()
        try reader.finish()
        return kind
    }

    /// Checks that `bytes` are exactly one well-formed array whose elements are all objects.
    ///
    /// - Parameters: As for ``validate(_:maximumNesting:whitespace:)``; the array itself counts as a level.
    /// - Throws: ``JSONError`` with the offset of the first fault.
    public static func validateArrayOfObjects(
        _ bytes: UnsafeRawBufferPointer,
        maximumNesting: Int,
        whitespace: JSONWhitespace = .any
    ) throws(JSONError) {
        var reader = JSONReader(bytes, maximumNesting: maximumNesting, whitespace: whitespace)
        _ = try reader.skipArrayOfObjects()
        try reader.finish()
    }

    /// Checks that a slice is exactly one well-formed value, as the function for a buffer does. Offsets count from the
    /// slice's first byte.
    @discardableResult
    public static func validate(
        _ bytes: ArraySlice<UInt8>,
        maximumNesting: Int,
        whitespace: JSONWhitespace = .any
    ) throws(JSONError) -> JSONKind {
        try self.reading(bytes) { (buffer) throws(JSONError) in
            try self.validate(buffer, maximumNesting: maximumNesting, whitespace: whitespace)
        }
    }

    /// Checks that a slice is exactly one well-formed array of objects, as the function for a buffer does. Offsets
    /// count from the slice's first byte.
    public static func validateArrayOfObjects(
        _ bytes: ArraySlice<UInt8>,
        maximumNesting: Int,
        whitespace: JSONWhitespace = .any
    ) throws(JSONError) {
        try self.reading(bytes) { (buffer) throws(JSONError) in
            try self.validateArrayOfObjects(buffer, maximumNesting: maximumNesting, whitespace: whitespace)
        }
    }

    /// `withUnsafeBytes` with a typed error.
    private static func reading<Value>(
        _ bytes: ArraySlice<UInt8>,
        _ body: (UnsafeRawBufferPointer) throws(JSONError) -> Value
    ) throws(JSONError) -> Value {
        let result = bytes.withUnsafeBytes { buffer in
            Swift.Result { () throws(JSONError) in try body(buffer) }
        }
        return try result.get()
    }
}
