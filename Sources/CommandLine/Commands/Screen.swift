import Glibc
import Text

/// The properties of the terminal for which a report is formatted: its size, its colours and its characters.
struct Screen: Equatable {
    /// The width in terminal cells; nil when lines are not cut, for example in a pipe.
    var width: Int?
    /// The height in lines; nil when reports are not cut.
    var height: Int?
    var style: TerminalStyle
    /// Whether characters outside of ASCII can be shown.
    var isUTF8: Bool

    /// The properties of standard output. `COLUMNS` and `LINES` override the size of the terminal, and give a size when
    /// standard output is not a terminal.
    static var standardOutput: Self {
        let environment = Environment.variables
        func number(_ name: String) -> Int? { environment[name].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } }
        let size = Terminal.outputSize
        return Self(
            width: number("COLUMNS") ?? size?.columns,
            height: number("LINES") ?? size?.lines,
            style: TerminalStyle(environment: environment, isTerminal: size != nil),
            isUTF8: Self.isUTF8(environment)
        )
    }

    /// Whether the encoding of the locale is UTF-8 (locale(7)). If none of its variables is set, UTF-8 is assumed.
    static func isUTF8(_ environment: [String: String]) -> Bool {
        let names = ["LC_ALL", "LC_CTYPE", "LANG"]
        guard let value = names.compactMap({ environment[$0] }).first(where: { !$0.isEmpty }) else { return true }
        let encoding = value.lowercased().replacing("-", with: "")
        return encoding.hasSuffix("utf8") || encoding.contains("utf8@")
    }

    /// Untrusted text, escaped for one line.
    func text(_ text: String) -> String {
        let line = PrintableText.line(text)
        guard !self.isUTF8 else { return line }
        return line.unicodeScalars.map { $0.isASCII ? String($0) : "\\u{\(String($0.value, radix: 16))}" }.joined()
    }

    /// The line, cut to the width. It must not have colours.
    func cut(_ line: String) -> String {
        self.width.map { self.cut(line, to: $0) } ?? line
    }

    /// The text, cut to a number of cells. It must not have colours.
    func cut(_ line: String, to width: Int) -> String {
        guard TerminalText.width(line) > width else { return line }
        guard !self.isUTF8 else { return TerminalText.shortened(line, to: width) }
        return String(line.prefix(max(0, width - 3))) + "..."
    }

    /// The rows, or as many of them as there is room for, followed by a row that says how many are left out.
    func rows(_ rows: [String], room: Int?) -> [String] {
        guard let room, rows.count > room else { return rows }
        let shown = max(0, room - 1)
        return rows.prefix(shown) + ["and \(rows.count - shown) more"]
    }
}
