/// Decodes a payload field by field. It allocates memory only for bytes that have arrived, not for the lengths that fields
/// announce.
package struct WireReader {
    private let bytes: [UInt8]
    private var offset = 0

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var remaining: Int { self.bytes.count - self.offset }

    mutating func readBytes(_ count: Int) throws(WireError) -> ArraySlice<UInt8> {
        guard count <= self.remaining else { throw .truncated }
        defer { self.offset += count }
        return self.bytes[self.offset..<self.offset + count]
    }

    /// Reads all bytes that are left.
    mutating func readRest() -> ArraySlice<UInt8> {
        defer { self.offset = self.bytes.count }
        return self.bytes[self.offset...]
    }

    private mutating func readInteger<Value: FixedWidthInteger>(_ type: Value.Type) throws(WireError) -> Value {
        let raw = try self.readBytes(MemoryLayout<Value>.size)
        return raw.reversed().reduce(Value.zero) { $0 << 8 | Value(truncatingIfNeeded: $1) }
    }

    mutating func readUInt8() throws(WireError) -> UInt8 {
        guard let byte = try self.readBytes(1).first else { throw .truncated }
        return byte
    }
    mutating func readInt32() throws(WireError) -> Int32 { try self.readInteger(Int32.self) }
    package mutating func readUInt32() throws(WireError) -> UInt32 { try self.readInteger(UInt32.self) }
    mutating func readInt64() throws(WireError) -> Int64 { try self.readInteger(Int64.self) }
    mutating func readUInt64() throws(WireError) -> UInt64 { try self.readInteger(UInt64.self) }

    /// Reads a count or a size. A negative number is an error.
    mutating func readCount(_ field: String) throws(WireError) -> Int {
        let value = try self.readInt64()
        guard value >= 0 else { throw .invalidField(field) }
        return Int(value)
    }

    mutating func readBool() throws(WireError) -> Bool {
        switch try self.readUInt8() {
        case 0: false
        case 1: true
        case let other: throw .invalidField("bool \(other)")
        }
    }

    mutating func readText() throws(WireError) -> String {
        let count = Int(try self.readUInt32())
        return try Self.text(try self.readBytes(count))
    }

    package mutating func readDuration(_ field: String) throws(WireError) -> Duration {
        .nanoseconds(try self.readCount(field))
    }

    mutating func readOptional<Value>(
        _ body: (inout WireReader) throws(WireError) -> Value
    ) throws(WireError) -> Value? {
        try self.readBool() ? try body(&self) : nil
    }

    /// Reads a list of at most `limit` elements.
    mutating func readList<Element>(
        limit: Int,
        _ body: (inout WireReader) throws(WireError) -> Element
    ) throws(WireError) -> [Element] {
        let count = Int(try self.readUInt32())
        guard count <= limit else { throw .invalidField("list of \(count)") }
        var list: [Element] = []
        for _ in 0..<count {
            list.append(try body(&self))
        }
        return list
    }

    package func finish() throws(WireError) {
        guard self.remaining == 0 else { throw .trailingBytes(self.remaining) }
    }

    static func text(_ bytes: ArraySlice<UInt8>) throws(WireError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .invalidText }
        return text
    }
}
