/// A table of text for a terminal. Control characters in cells must have been escaped with `PrintableText` before.
package struct TextTable {
    package struct Column {
        package var title: String
        package var isRightAligned: Bool

        package init(title: String, isRightAligned: Bool = false) {
            self.title = title
            self.isRightAligned = isRightAligned
        }
    }

    package var columns: [Column]
    package var rows: [[String]] = []

    package init(columns: [Column]) {
        self.columns = columns
    }

    /// The table, with one line for each row and two blanks between columns.
    package var text: String {
        var widths = self.columns.map { TerminalText.width($0.title) }
        for row in self.rows {
            for (index, cell) in row.enumerated() {
                widths[index] = max(widths[index], TerminalText.width(cell))
            }
        }
        var lines = [self.line(self.columns.map(\.title), widths)]
        lines.append(self.line(widths.map { String(repeating: "-", count: $0) }, widths))
        lines += self.rows.map { self.line($0, widths) }
        return lines.map { $0 + "\n" }.joined()
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let padding = String(repeating: " ", count: widths[index] - TerminalText.width(cell))
            line += self.columns[index].isRightAligned ? padding + cell : cell + padding
            line += "  "
        }
        while line.last == " " { line.removeLast() }
        return line
    }
}
