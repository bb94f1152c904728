import Text

/// The property of every text that a terminal or a log line shows: no character that drives a terminal.
enum TerminalSafety {
    /// What is wrong with a text of one line; nil when it is safe.
    static func violation(line text: String, of origin: String) -> String? {
        text.unicodeScalars.contains(where: PrintableText.isUnsafe) ? "\(origin) has an unsafe character: \(text)" : nil
    }

    /// What is wrong with a text of several lines, in which line feeds and tabs are allowed.
    static func violation(lines text: String, of origin: String) -> String? {
        let isUnsafe = text.unicodeScalars.contains { PrintableText.isUnsafe($0) && $0 != "\n" && $0 != "\t" }
        return isUnsafe ? "\(origin) has an unsafe character: \(text)" : nil
    }
}
