/// Cuts texts of unknown length to a bound in bytes.
public enum BoundedText {
    /// The text if it fits; otherwise as many of its leading Unicode scalars as fit into `limit` bytes, and `mark`.
    ///
    /// The bound is in bytes of UTF-8 because a single `Character` may be as long as the whole text.
    ///
    /// - Parameters:
    ///   - text: Any text.
    ///   - limit: The most bytes that are kept; `mark` comes on top.
    ///   - mark: Tells the reader that something is missing.
    /// - Returns: At most `limit` bytes and the mark, never a part of a scalar.
    public static func cut(_ text: String, toBytes limit: Int, mark: String = " [cut]") -> String {
        guard text.utf8.count > limit else { return text }
        // Slicing the scalars rounds this index down to the start of a scalar.
        let end = text.utf8.index(text.startIndex, offsetBy: max(limit, 0))
        return String(text.unicodeScalars[..<end]) + mark
    }
}
