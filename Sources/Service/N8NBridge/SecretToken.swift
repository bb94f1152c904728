/// A credential. Its description, debug description and mirror are redacted, so that logs and dumps do not contain it.
public struct SecretToken: Equatable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The plain text of the token, for the code that sends it.
    let value: String

    /// Wraps a token that is sent in an HTTP header.
    ///
    /// - Returns: nil if the token is empty or has a character that an HTTP header cannot carry.
    public init?(_ value: String) {
        guard !value.isEmpty, value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        self.value = value
    }

    /// Wraps a token that is sent in a JSON body, which can carry any text.
    ///
    /// - Returns: nil if the token is empty.
    public init?(inBody value: String) {
        guard !value.isEmpty else { return nil }
        self.value = value
    }

    public var description: String { "(redacted)" }
    public var debugDescription: String { "(redacted)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
