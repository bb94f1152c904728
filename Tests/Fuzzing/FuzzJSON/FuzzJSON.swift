import JSONBytes

/// libFuzzer's way in: reads any bytes as JSON, by both readers, and holds them to one another.
///
/// Build with `TRM_BUILD_FUZZING=1 swift build --scratch-path .build-fuzzing --product FuzzJSON --sanitize=fuzzer
/// --sanitize=address`, run with `SWIFT_BACKTRACE=enable=no`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSON(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = UnsafeRawBufferPointer(start: start, count: count)
    let whole = JSONFuzz.validate(bytes)
    let parts = JSONFuzz.walk(bytes)
    precondition(whole == parts, "read as a whole: \(whole), by its parts: \(parts)")
    return 0
}

private enum JSONFuzz {
    private static let maximumNesting = 40

    /// Whether the text is well-formed.
    static func validate(_ bytes: UnsafeRawBufferPointer) -> Bool {
        do throws(JSONError) {
            try JSONText.validate(bytes, maximumNesting: self.maximumNesting)
            return true
        } catch {
            precondition((0...bytes.count).contains(error.offset), "\(error)")
            return false
        }
    }

    /// The same by way of members and elements, decoding every value.
    static func walk(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var reader = JSONReader(bytes, maximumNesting: self.maximumNesting)
        do {
            try self.visit(&reader, bytes)
            try reader.finish()
            return true
        } catch let error as JSONError {
            precondition((0...bytes.count).contains(error.offset), "\(error)")
            // Only this reader minds a key that appears twice.
            if case .duplicateKey = error.reason { return self.validate(bytes) }
            return false
        } catch {
            preconditionFailure("\(error)")
        }
    }

    private static func visit(_ reader: inout JSONReader, _ bytes: UnsafeRawBufferPointer) throws {
        switch try reader.peek() {
        case .object:
            try reader.members(limit: .max) { reader, _ in try self.visit(&reader, bytes) }
        case .array:
            try reader.elements { reader, _ in try self.visit(&reader, bytes) }
        case .string:
            let range = try reader.skip()
            let decoded = JSONValue.string(bytes[range])
            precondition(decoded.count <= range.count - 2)
            // What is text can be written and read again.
            guard let text = JSONValue.text(bytes[range]) else { return }
            var writer = JSONWriter()
            writer.string(text)
            precondition(JSONValue.string(writer.bytes[...]) == decoded)
        case .number:
            _ = JSONValue.integer(bytes[try reader.skip()])
        case .boolean, .null:
            try reader.skip()
        }
    }
}
