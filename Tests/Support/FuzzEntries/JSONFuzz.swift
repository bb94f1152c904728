import JSONBytes

/// Reads bytes as JSON, by both readers, and compares what they say.
enum JSONFuzz {
    private static let maximumNesting = 40

    /// What one reader says of a text.
    private enum Reading: Equatable {
        case wellFormed
        case malformed
        /// A property of the reader itself does not hold.
        case broken(String)
    }

    static func violation(_ bytes: [UInt8]) -> String? {
        let (whole, parts) = bytes.withUnsafeBytes { (self.validate($0), self.walk($0)) }
        if case .broken(let property) = whole { return property }
        if case .broken(let property) = parts { return property }
        return whole == parts ? nil : "read as a whole: \(whole), by its parts: \(parts)"
    }

    /// The name of the kind of text: `text`, if it is well-formed.
    static func kinds(_ bytes: [UInt8]) -> Set<String> {
        bytes.withUnsafeBytes { self.validate($0) } == .wellFormed ? ["text"] : []
    }

    private static func malformed(_ error: JSONError, _ bytes: UnsafeRawBufferPointer) -> Reading {
        (0...bytes.count).contains(error.offset) ? .malformed : .broken("\(error) in a text of \(bytes.count) bytes")
    }

    private static func validate(_ bytes: UnsafeRawBufferPointer) -> Reading {
        do throws(JSONError) {
            try JSONText.validate(bytes, maximumNesting: self.maximumNesting)
            return .wellFormed
        } catch {
            return self.malformed(error, bytes)
        }
    }

    /// The same by way of members and elements, decoding every value.
    private static func walk(_ bytes: UnsafeRawBufferPointer) -> Reading {
        var reader = JSONReader(bytes, maximumNesting: self.maximumNesting)
        do {
            try self.visit(&reader, bytes)
            try reader.finish()
            return .wellFormed
        } catch let error as JSONError {
            // Only this reader refuses a key that appears twice.
            if case .duplicateKey = error.reason { return self.validate(bytes) }
            return self.malformed(error, bytes)
        } catch {
            return .broken("\(error)")
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
            guard decoded.count <= range.count - 2 else { throw BrokenProperty("\(range) is longer when decoded") }
            // A text can be written and read again. A string with an unpaired surrogate is no text.
            guard let text = JSONValue.text(bytes[range]) else { return }
            var writer = JSONWriter()
            writer.string(text)
            guard JSONValue.string(writer.bytes[...]) == decoded else {
                throw BrokenProperty("\(text) is different when it is written and read again")
            }
        case .number:
            _ = JSONValue.integer(bytes[try reader.skip()])
        case .boolean, .null:
            try reader.skip()
        }
    }
}

private struct BrokenProperty: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
