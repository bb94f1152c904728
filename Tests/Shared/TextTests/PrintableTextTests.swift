import Testing
import Text

@Suite struct PrintableTextTests {
    /// What has to be escaped, in the words of the Unicode Character Database instead of numbers.
    private static func drives(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        // The twelve characters with the property Bidi_Control.
        case .format:
            ["LEFT-TO-RIGHT", "RIGHT-TO-LEFT", "ARABIC LETTER MARK", "POP DIRECTIONAL", "FIRST STRONG ISOLATE"]
                .contains { scalar.properties.name?.hasPrefix($0) == true }
        default: false
        }
    }

    private static let all = (0..<0x11_0000).compactMap { Unicode.Scalar(UInt32($0)) }

    @Test func exactlyTheCharactersThatDriveATerminalAreUnsafe() {
        let unsafe = Self.all.filter(PrintableText.isUnsafe)
        #expect(unsafe == Self.all.filter(Self.drives))
        #expect(unsafe.count == 65 + 2 + 12)
    }

    @Test func noUnsafeCharacterIsInALine() {
        let hostile = String(String.UnicodeScalarView(Self.all.filter(Self.drives)))
        let line = PrintableText.line("a\(hostile)z")
        #expect(!line.unicodeScalars.contains(where: PrintableText.isUnsafe))
        #expect(line.hasPrefix(#"a\u{0}\u{1}"#) && line.hasSuffix(#"\u{2068}\u{2069}z"#))
    }

    @Test(arguments: [
        ("\u{1B}]0;title\u{7}", #"\u{1b}]0;title\u{7}"#), ("a\r\nb", #"a\u{d}\u{a}b"#), ("\u{9B}2J", #"\u{9b}2J"#),
        ("\u{7F}", #"\u{7f}"#), ("user\u{202E}gpj.exe", #"user\u{202e}gpj.exe"#), ("\u{2066}x", #"\u{2066}x"#),
        ("one\u{2028}two\u{2029}", #"one\u{2028}two\u{2029}"#), ("é, 日本, \u{A0}, 👩‍👩‍👧", "é, 日本, \u{A0}, 👩‍👩‍👧"),
    ])
    func aLineShowsWhatWasThere(text: String, line: String) {
        #expect(PrintableText.line(text) == line)
    }

    @Test func severalLinesKeepLineFeedsAndTabsOnly() {
        #expect(PrintableText.lines("a\n\tb\r\u{1B}\u{2028}") == "a\n\tb" + #"\u{d}\u{1b}\u{2028}"#)
    }
}
