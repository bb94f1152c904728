/// Measures the width of text on a terminal, and cuts text to a width. Control characters must have been escaped with
/// `PrintableText` before.
enum TerminalText {
    /// The number of terminal cells that a text without control characters takes.
    static func width(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + Self.width($1) }
    }

    private static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        switch scalar.value {
        // The blocks that are wide or full-width by Unicode's annex 11, and the pictographs.
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1_F300...0x1_F64F, 0x1_F900...0x1_F9FF, 0x2_0000...0x3_FFFD:
            return 2
        default:
            return 1
        }
    }

    /// The text in lines of at most `width` cells. Lines end after a blank, which is left out, or after a comma or a slash; a word
    /// that is wider than a line is divided.
    static func wrapped(_ text: String, to width: Int) -> [String] {
        guard Self.width(text) > width else { return [text] }
        var lines: [String] = []
        var line = ""
        var word = ""
        func end() {
            while line.last == " " { line.removeLast() }
            lines.append(line)
            line = ""
        }
        for character in text {
            let cells = Self.width(String(character))
            if character == " " {
                line += word + " "
                word = ""
                continue
            }
            if !line.isEmpty, Self.width(line) + Self.width(word) + cells > width { end() }
            if Self.width(word) + cells > width {
                line = word
                word = ""
                end()
            }
            word.append(character)
            if character == "," || character == "/" {
                line += word
                word = ""
            }
        }
        line += word
        end()
        return lines
    }

    /// The text, cut with a mark if it takes more than `width` cells.
    static func shortened(_ text: String, to width: Int) -> String {
        guard Self.width(text) > width else { return text }
        var result = ""
        var used = 1
        for character in text {
            used += Self.width(String(character))
            if used > width { break }
            result.append(character)
        }
        return result + "…"
    }
}
