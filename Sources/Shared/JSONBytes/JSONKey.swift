/// The key of an object's member.
public struct JSONKey: Equatable, Sendable {
    /// The key after unescaping, as UTF-8; a lone surrogate is encoded as three bytes (WTF-8).
    public let bytes: [UInt8]
    /// The position of its opening quote.
    public let offset: Int

    /// The key as text; a lone surrogate is replaced.
    public var text: String { String(decoding: self.bytes, as: UTF8.self) }
}
