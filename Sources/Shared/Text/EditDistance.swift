/// The edit distance of two names, to suggest a known name for an unknown one.
public enum EditDistance {
    /// The number of bytes to insert, delete or replace to get from one name to the other (Levenshtein). Only the first 100
    /// bytes of each name are compared, because a name from outside may have any length.
    public static func between(_ one: String, _ other: String) -> Int {
        let other = Array(other.utf8.prefix(100))
        var row = Array(0...other.count)
        for (index, letter) in one.utf8.prefix(100).enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, otherLetter) in other.enumerated() {
                let above = row[column + 1]
                row[column + 1] = min(above + 1, row[column] + 1, diagonal + (letter == otherLetter ? 0 : 1))
                diagonal = above
            }
        }
        return row[other.count]
    }
}
