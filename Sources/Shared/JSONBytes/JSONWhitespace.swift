/// Which whitespace is accepted between tokens.
public enum JSONWhitespace: Sendable {
    /// The whitespace of RFC 8259: space, tab, line feed, carriage return.
    case any
    /// Spaces only. An accepted text has no byte below 0x20, so that it fits into one line of a stream.
    case spacesOnly
}
