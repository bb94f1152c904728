/// A table of text for a terminal. Control characters in cells must have been escaped with `PrintableText` before.
package struct TextTable {
    package struct Column {
        package var title: String
        package var isRightAligned: Bool
        var overflow: Overflow

        package init(title: String, isRightAligned: Bool = false) {
            self.init(title: title, isRightAligned: isRightAligned, overflow: .kept)
        }

        init(title: String, isRightAligned: Bool = false, overflow: Overflow) {
            self.title = title
            self.isRightAligned = isRightAligned
            self.overflow = overflow
        }
    }

    /// What becomes of the cells of a column where the table is wider than the terminal.
    enum Overflow {
        /// They stay as they are.
        case kept
        /// They take several lines.
        case wrapped
        /// They are cut, with a mark.
        case cut
    }

    package var columns: [Column]
    package var rows: [[String]] = []
    /// Whether the first two lines are the titles and a rule.
    var hasTitles = true

    /// The number of blanks between columns.
    private static let gap = 2
    /// Columns are not made narrower than this: the table is then wider than the terminal.
    private static let narrowest = 10

    package init(columns: [Column]) {
        self.columns = columns
    }

    /// The table, with one line for each row and two blanks between columns.
    package var text: String { self.text(on: Screen(width: nil, height: nil, style: .plain, isUTF8: true)) }

    /// The table for a terminal: columns whose overflow is not kept are narrowed until it fits.
    func text(on screen: Screen) -> String {
        let widths = self.widths(within: screen.width)
        var lines: [String] = []
        if self.hasTitles {
            lines.append(screen.style.bold(self.line(self.columns.map(\.title), widths)))
            lines.append(self.line(widths.map { String(repeating: "-", count: $0) }, widths))
        }
        for row in self.rows {
            let cells = row.indices.map { index in
                switch self.columns[index].overflow {
                case .kept: [row[index]]
                case .wrapped: TerminalText.wrapped(row[index], to: widths[index])
                case .cut: [screen.cut(row[index], to: widths[index])]
                }
            }
            for index in 0..<max(1, cells.map(\.count).max() ?? 1) {
                lines.append(self.line(cells.map { $0.indices.contains(index) ? $0[index] : "" }, widths))
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// The widths of the columns: those of their widest cells, less what columns whose overflow is not kept lose so that the table fits.
    private func widths(within width: Int?) -> [Int] {
        var widths = self.columns.map { self.hasTitles ? TerminalText.width($0.title) : 0 }
        let least = zip(self.columns, widths).map { column, title in max(title, Self.narrowest) }
        for row in self.rows {
            for (index, cell) in row.enumerated() { widths[index] = max(widths[index], TerminalText.width(cell)) }
        }
        guard let width else { return widths }
        for index in widths.indices where self.columns[index].overflow != .kept {
            widths[index] = min(widths[index], width)
        }
        // Cell by cell from the widest column that may be narrowed, so that such columns end with similar widths.
        var excess = widths.reduce(Self.gap * (widths.count - 1), +) - width
        while excess > 0 {
            let candidates = widths.indices.filter { self.columns[$0].overflow != .kept && widths[$0] > least[$0] }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let padding = String(repeating: " ", count: max(0, widths[index] - TerminalText.width(cell)))
            line += self.columns[index].isRightAligned ? padding + cell : cell + padding
            line += String(repeating: " ", count: Self.gap)
        }
        while line.last == " " { line.removeLast() }
        return line
    }
}
