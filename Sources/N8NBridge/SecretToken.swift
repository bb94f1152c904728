/// A credential that no log line, description or mirror shows.
public struct SecretToken: Equatable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The token itself, for the places that put it on the wire.
    let value: String

    /// Wraps a token, unless it is empty or has a character that no HTTP header can carry.
    ///
    /// - Parameter value: The token as n8n gave it out.
    public init?(_ value: String) {
        guard !value.isEmpty, value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        self.value = value
    }

    /// Wraps a token that goes into a JSON body, which carries any text, unless it is empty.
    init?(inBody value: String) {
        guard !value.isEmpty else { return nil }
        self.value = value
    }

    public var description: String { "(redacted)" }
    public var debugDescription: String { "(redacted)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
