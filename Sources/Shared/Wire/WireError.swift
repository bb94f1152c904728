/// A violation of the protocol in bytes from a peer, which is faulty or hostile. The connection to it ends.
public enum WireError: Error, Equatable, Sendable {
    /// A frame of a kind that does not exist or that this side does not accept.
    case unknownKind(UInt8)
    /// A header whose reserved bytes are not zero.
    case malformedHeader
    /// A frame that announces more payload than its kind may have.
    case oversized(kind: UInt8, length: Int, limit: Int)
    /// A payload that ends before its fields do.
    case truncated
    /// A payload that has so many bytes after its last field.
    case trailingBytes(Int)
    /// A field that has an invalid value.
    case invalidField(String)
    /// Text that is not UTF-8.
    case invalidText
}
