public import JSONBytes
import Tasks

/// A JSON value as a tree, for responses that are small or whose members are read. Numbers are kept as text, so that no
/// digit is lost; the members of an object keep their order.
public enum JSONTree: Equatable, Sendable {
    public struct Member: Equatable, Sendable {
        public var key: String
        public var value: JSONTree

        public init(key: String, value: JSONTree) {
            self.key = key
            self.value = value
        }
    }

    case null
    case boolean(Bool)
    case number(String)
    case string(String)
    case array([JSONTree])
    case object([Member])

    /// The deepest nesting that is accepted. There is a limit because a tree is built recursively. It suffices for the
    /// deepest items, inside an event of a stream.
    public static let maximumNesting = TaskLimits.maximumNesting + 8
    /// The largest number of members of one object. It is large because an item may have many fields.
    static let maximumMembers = 1_000_000

    /// Builds the tree of one JSON text.
    ///
    /// - Throws: ``JSONError`` when it is malformed, deeper than ``maximumNesting``, or has an object with too many members.
    public init(_ bytes: some Collection<UInt8>) throws {
        let bytes = Array(bytes)
        self = try bytes.withUnsafeBytes { buffer in
            var reader = JSONReader(buffer, maximumNesting: Self.maximumNesting)
            let tree = try Self(from: &reader, in: buffer)
            try reader.finish()
            return tree
        }
    }

    /// Builds the tree of the next value of `reader`, which reads `bytes`.
    init(from reader: inout JSONReader, in bytes: UnsafeRawBufferPointer) throws {
        switch try reader.peek() {
        case .null:
            try reader.skip()
            self = .null
        case .boolean:
            let range = try reader.skip()
            self = .boolean(bytes[range.lowerBound] == UInt8(ascii: "t"))
        case .number:
            let range = try reader.skip()
            self = .number(String(decoding: bytes[range], as: UTF8.self))
        case .string:
            let range = try reader.skip()
            self = .string(String(decoding: JSONValue.string(bytes[range]), as: UTF8.self))
        case .array:
            var elements: [JSONTree] = []
            try reader.elements { (reader, _) in
                elements.append(try JSONTree(from: &reader, in: bytes))
            }
            self = .array(elements)
        case .object:
            var members: [Member] = []
            try reader.members(limit: Self.maximumMembers) { (reader, key) in
                members.append(Member(key: key.text, value: try JSONTree(from: &reader, in: bytes)))
            }
            self = .object(members)
        }
    }

    /// The value of the member with this name; nil when the object has no such member, or when this is not an object.
    public subscript(_ key: String) -> JSONTree? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// The text, if this is a string.
    public var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The value as an Int, if this is an integral number in the range of Int; otherwise nil.
    public var integer: Int? {
        guard case .number(let text) = self else { return nil }
        return Int(text)
    }

    /// The number as a Double, if this is a number; otherwise nil.
    public var double: Double? {
        guard case .number(let text) = self else { return nil }
        return Double(text)
    }

    /// The number, taken as milliseconds, if this is a number; otherwise nil. JSON can contain any number, so a number
    /// that is out of range for a `Duration` is clamped.
    public var milliseconds: Duration? {
        guard let number = self.double else { return nil }
        // The bounds are about 30,000 years.
        return .milliseconds(min(max(number, -1e15), 1e15))
    }

    /// The value, if this is a Boolean; otherwise nil.
    public var flag: Bool? {
        guard case .boolean(let flag) = self else { return nil }
        return flag
    }

    /// The elements, if this is an array.
    public var elements: [JSONTree]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// The members, if this is an object.
    public var members: [Member]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// Writes the value on one line.
    public func write(to writer: inout JSONWriter) {
        switch self {
        case .null: writer.null()
        case .boolean(let flag): writer.boolean(flag)
        case .number(let text): writer.raw(text.utf8)
        case .string(let text): writer.string(text)
        case .array(let elements):
            writer.beginArray()
            for element in elements { element.write(to: &writer) }
            writer.endArray()
        case .object(let members):
            writer.beginObject()
            for member in members {
                writer.key(member.key)
                member.value.write(to: &writer)
            }
            writer.endObject()
        }
    }

    /// The value on one line.
    public var line: String {
        var writer = JSONWriter()
        self.write(to: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
