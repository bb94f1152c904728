/// What is wrong with a JSON text, and where.
public struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The ways a text can fall short.
    public enum Reason: Equatable, Sendable {
        /// The text ends inside a value, or holds none.
        case unexpectedEnd
        /// A value should begin here.
        case expectedValue
        /// A key, that is a string, should begin here.
        case expectedKey
        /// A colon should follow the key.
        case expectedColon
        /// A comma or the closing bracket should follow the element.
        case expectedCommaOrBracket
        /// A comma or the closing brace should follow the member.
        case expectedCommaOrBrace
        /// Not a number as RFC 8259 writes one, such as `01`, `.5` or `1.`.
        case invalidNumber
        /// Something that begins like `true`, `false` or `null` and is not.
        case invalidLiteral
        /// A byte below 0x20 inside a string, which has to be escaped there.
        case controlCharacter
        /// A backslash that is followed by nothing RFC 8259 knows.
        case invalidEscape
        /// A byte that is not part of well-formed UTF-8, such as an overlong form or an encoded surrogate.
        case invalidUTF8
        /// More arrays and objects inside each other than the given limit.
        case tooDeep(limit: Int)
        /// Something other than whitespace behind the value.
        case trailingBytes
        /// An object has the same key twice, compared after unescaping.
        case duplicateKey(String)
        /// A value of one kind where another is wanted.
        case wrongKind(expected: JSONKind, found: JSONKind)
        /// An element of an array of objects that is no object.
        case elementIsNoObject(index: Int, found: JSONKind)
    }

    /// The byte it was noticed at, counted from the first byte of the text that was looked at. Never beyond its end.
    public var offset: Int
    public var reason: Reason

    public init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    /// The reason in words, without the offset.
    public var message: String {
        switch self.reason {
        case .unexpectedEnd: "the text ends in the middle of a value"
        case .expectedValue: "expected a value"
        case .expectedKey: "expected a key in double quotes"
        case .expectedColon: "expected a colon after the key"
        case .expectedCommaOrBracket: "expected a comma or a closing bracket"
        case .expectedCommaOrBrace: "expected a comma or a closing brace"
        case .invalidNumber: "this is not a JSON number"
        case .invalidLiteral: "expected true, false or null"
        case .controlCharacter: "a control character in a string has to be escaped"
        case .invalidEscape: "this is not an escape sequence of JSON"
        case .invalidUTF8: "this is not valid UTF-8"
        case .tooDeep(let limit): "nested deeper than \(limit) levels"
        case .trailingBytes: "expected nothing after the value"
        case .duplicateKey(let key): "the key \"\(key)\" appears twice"
        case .wrongKind(let expected, let found): "expected \(expected.phrase), found \(found.phrase)"
        case .elementIsNoObject(let index, let found): "element \(index) is \(found.phrase), not an object"
        }
    }

    public var description: String { "\(self.message) (byte \(self.offset))" }
}

/// The kinds of JSON value.
public enum JSONKind: Equatable, Sendable {
    case object
    case array
    case string
    case number
    case boolean
    case null

    /// The kind with its article, as error messages want it: `an object`, `a number`, `null`.
    public var phrase: String {
        switch self {
        case .object: "an object"
        case .array: "an array"
        case .string: "a string"
        case .number: "a number"
        case .boolean: "a boolean"
        case .null: "null"
        }
    }

    /// The kind of the value that begins with `byte`, if any does.
    init?(startingWith byte: UInt8) {
        switch byte {
        case UInt8(ascii: "{"): self = .object
        case UInt8(ascii: "["): self = .array
        case UInt8(ascii: "\""): self = .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): self = .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): self = .boolean
        case UInt8(ascii: "n"): self = .null
        default: return nil
        }
    }
}

/// The whitespace a text may have between its tokens.
public enum JSONWhitespace: Sendable {
    /// What RFC 8259 allows: space, tab, line feed, carriage return.
    case any
    /// Spaces only. A text that passes has no byte below 0x20 anywhere, so that it can stand inside one line.
    case spacesOnly
}
