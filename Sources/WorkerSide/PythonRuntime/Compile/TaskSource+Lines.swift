/// Lines and columns of the submitted code.
extension TaskSource {
    /// The longest piece of a line that is quoted in an error, in bytes.
    private static let longestQuote = 4096

    /// The text of a line (from 1) without its newline; nil beyond the end. A very long line is cut.
    func line(_ number: Int) -> String? {
        guard let range = self.lineRange(number) else { return nil }
        return String(decoding: self.bytes[range].prefix(Self.longestQuote), as: UTF8.self)
    }

    /// Converts a byte offset within a line to a column, counted from 1 in code points.
    func column(utf8Offset offset: Int, line number: Int) -> Int {
        guard let range = self.lineRange(number) else { return max(offset, 0) + 1 }
        return self.bytes[range].prefix(max(offset, 0)).count { $0 & 0xC0 != 0x80 } + 1
    }

    /// The number of lines of the text; a last line without a newline counts.
    var lineCount: Int {
        let newlines = self.bytes.count { $0 == 0x0A }
        return self.count > 0 && self.bytes[self.count - 1] != 0x0A ? newlines + 1 : newlines
    }

    /// The range of a line (from 1) in `bytes`.
    private func lineRange(_ number: Int) -> Range<Int>? {
        guard number >= 1 else { return nil }
        var start = 0
        var remaining = number - 1
        while remaining > 0 {
            guard let newline = self.bytes[start..<self.count].firstIndex(of: 0x0A) else { return nil }
            start = newline + 1
            remaining -= 1
        }
        guard start < self.count || number == 1 else { return nil }
        return start..<(self.bytes[start..<self.count].firstIndex(of: 0x0A) ?? self.count)
    }
}
