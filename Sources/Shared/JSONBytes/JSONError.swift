/// What is wrong with a JSON text, and where.
public struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kinds of error.
    public enum Reason: Equatable, Sendable {
        /// The text is empty or ends inside a value.
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
        /// A number that does not have the form of RFC 8259, such as `01`, `.5` or `1.`.
        case invalidNumber
        /// A value begins with the letter of `true`, `false` or `null`, and is another word.
        case invalidLiteral
        /// A byte below 0x20 inside a string, which has to be escaped there.
        case controlCharacter
        /// A backslash without one of the escape sequences of RFC 8259.
        case invalidEscape
        /// A byte that is not part of well-formed UTF-8, such as an overlong form or an encoded surrogate.
        case invalidUTF8
        /// Arrays and objects are nested deeper than the given limit.
        case tooDeep(limit: Int)
        /// An object has more members than the given limit.
        case tooManyMembers(limit: Int)
        /// Bytes other than whitespace follow the value.
        case trailingBytes
        /// An object has the same key twice, compared after unescaping.
        case duplicateKey(String)
        /// The value is of another kind than the caller expects.
        case wrongKind(expected: JSONKind, found: JSONKind)
        /// An element is not an object, in an array whose elements must all be objects.
        case elementIsNoObject(index: Int, found: JSONKind)
    }

    /// The position of the error in bytes from the start of the text; at most the length of the text.
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
        case .tooManyMembers(let limit): "an object has more than \(limit) members"
        case .trailingBytes: "expected nothing after the value"
        case .duplicateKey(let key): "the key \"\(key)\" appears twice"
        case .wrongKind(let expected, let found): "expected \(expected.phrase), found \(found.phrase)"
        case .elementIsNoObject(let index, let found): "element \(index) is \(found.phrase), not an object"
        }
    }

    public var description: String { "\(self.message) (byte \(self.offset))" }
}
