import Glibc
import Text

/// What a report is laid out for: the size of the terminal, its colours and its characters.
struct Screen: Equatable {
    /// In cells; nil where lines are not cut, such as in a pipe.
    var width: Int?
    /// In lines; nil where a report is not cut.
    var height: Int?
    var style: TerminalStyle
    /// Whether characters outside of ASCII can be shown.
    var isUTF8: Bool

    /// Standard output. `COLUMNS` and `LINES` say the size of one that is no terminal.
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

    /// Whether the locale has UTF-8 (locale(7)). Without any of its variables it is taken to have it.
    static func isUTF8(_ environment: [String: String]) -> Bool {
        let names = ["LC_ALL", "LC_CTYPE", "LANG"]
        guard let value = names.compactMap({ environment[$0] }).first(where: { !$0.isEmpty }) else { return true }
        let encoding = value.lowercased().replacing("-", with: "")
        return encoding.hasSuffix("utf8") || encoding.contains("utf8@")
    }

    /// Text from outside, for one line.
    func text(_ text: String) -> String {
        let line = PrintableText.line(text)
        guard !self.isUTF8 else { return line }
        return line.unicodeScalars.map { $0.isASCII ? String($0) : "\\u{\(String($0.value, radix: 16))}" }.joined()
    }

    /// A line without colours, cut to the width.
    func cut(_ line: String) -> String {
        guard let width = self.width, TerminalText.width(line) > width else { return line }
        guard !self.isUTF8 else { return TerminalText.shortened(line, to: width) }
        return String(line.prefix(max(0, width - 3))) + "..."
    }

    /// As many rows as there is room for, with a last one that says how many are left out.
    func rows(_ rows: [String], room: Int?) -> [String] {
        guard let room, rows.count > room else { return rows }
        let shown = max(0, room - 1)
        return rows.prefix(shown) + ["and \(rows.count - shown) more"]
    }
}
