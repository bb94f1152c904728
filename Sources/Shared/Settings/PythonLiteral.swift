/// Reads texts as Python's `int` and `str` do, because n8n's runner reads its variables with them.
enum PythonLiteral {
    /// The text without white space around it (`str.strip`).
    static func stripped(_ text: some StringProtocol) -> String {
        var scalars = Substring(text).unicodeScalars
        while let first = scalars.first, self.isSpace(first) { scalars.removeFirst() }
        while let last = scalars.last, self.isSpace(last) { scalars.removeLast() }
        return String(scalars)
    }

    /// A whole number (`int`): a sign, white space around it and single underscores between digits are accepted. A number
    /// that does not fit into `Int` becomes the nearest `Int`.
    static func integer(_ text: some StringProtocol) -> Int? {
        var digits = Substring(self.stripped(text)).utf8
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
        var value = 0
        var isAfterDigit = false
        for byte in digits {
            if byte == UInt8(ascii: "_"), isAfterDigit {
                isAfterDigit = false
                continue
            }
            guard (0x30...0x39).contains(byte) else { return nil }
            isAfterDigit = true
            let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
            let (next, carry) = tenfold.addingReportingOverflow(Int(byte - 0x30))
            value = overflow || carry ? .max : next
        }
        guard isAfterDigit else { return nil }
        return isNegative ? -value : value
    }

    /// The elements between commas, stripped. Empty and repeated elements are left out.
    static func list(_ text: String) -> [String] {
        var seen: Set<String> = []
        return text.split(separator: ",").map { self.stripped($0) }.filter { !$0.isEmpty && seen.insert($0).inserted }
    }

    /// Whether Python counts the scalar as white space (`str.isspace`): it includes the four information separators of
    /// ASCII.
    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
    }
}
