/// Escapes text from outside (a task, a client, a task broker, a settings file) for terminals and log lines.
///
/// Every text from outside that is shown passes through this type, or through `JSONEscaping`, which escapes the same
/// characters in JSON. No other code decides which characters are safe.
public enum PrintableText {
    /// Whether the character can end a line, control a terminal or change the order of the text around it.
    ///
    /// These are the control characters C0 (below U+0020), DEL and C1 (U+0080 to U+009F), the line and paragraph
    /// separators U+2028 and U+2029, and all characters with Unicode's property `Bidi_Control`: marks (U+061C, U+200E,
    /// U+200F), embeddings and overrides (U+202A to U+202E) and isolates (U+2066 to U+2069).
    @inlinable
    public static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0...0x1F, 0x7F...0x9F, 0x61C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// The text for one line. Every unsafe character is written as an escape such as `\u{1b}`.
    public static func line(_ text: String) -> String {
        self.escaped(text) { Self.isUnsafe($0) }
    }

    /// The text for several lines. It is escaped as by ``line(_:)``, except that line feeds and tabs stay.
    public static func lines(_ text: String) -> String {
        self.escaped(text) { Self.isUnsafe($0) && $0 != "\n" && $0 != "\t" }
    }

    private static func escaped(_ text: String, where mustEscape: (Unicode.Scalar) -> Bool) -> String {
        guard text.unicodeScalars.contains(where: mustEscape) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if mustEscape(scalar) {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
