/// Reads texts as Python's built-ins do, for variables that n8n's runner reads with them.
enum PythonText {
    /// The text without white space around it (`str.strip`).
    static func stripped(_ text: some StringProtocol) -> String {
        var scalars = Substring(text).unicodeScalars
        while let first = scalars.first, self.isSpace(first) { scalars.removeFirst() }
        while let last = scalars.last, self.isSpace(last) { scalars.removeLast() }
        return String(scalars)
    }

    /// A whole number (`int`): a sign, white space around it and single underscores between digits are fine. One that
    /// does not fit becomes the nearest that does.
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

    /// The elements between commas, stripped, each once, empty ones left out.
    static func list(_ text: String) -> [String] {
        var seen: Set<String> = []
        return text.split(separator: ",").map { self.stripped($0) }.filter { !$0.isEmpty && seen.insert($0).inserted }
    }

    /// Python counts four separators of ASCII as white space, which Unicode does not (`str.isspace`).
    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
    }
}
