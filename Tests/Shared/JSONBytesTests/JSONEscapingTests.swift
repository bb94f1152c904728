import JSONBytes
import Testing
import Text

@Suite struct JSONEscapingTests {
    private func escaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        JSONEscaping.append(text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func escapedJSON(_ text: String) -> String {
        var bytes: [UInt8] = []
        Array(text.utf8).withUnsafeBytes { JSONEscaping.append(json: $0, to: &bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func everyControlCharacterIsEscaped() {
        let expected =
            #"\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f"#
            + #"\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f"#
        #expect(
            self.escaped(String(String.UnicodeScalarView((0..<0x20).compactMap { Unicode.Scalar($0) }))) == expected
        )
    }

    /// Every character there is: escaped if it is unsafe or JSON wants it so, else as it was; and the same after reading.
    @Test func exactlyTheUnsafeCharactersAreEscaped() {
        for number in UInt32(0)..<0x11_0000 {
            guard let scalar = Unicode.Scalar(number) else { continue }
            let text = "a\(Character(scalar))z"
            let escaped = self.escaped(text)
            let mustEscape = PrintableText.isUnsafe(scalar) || scalar == "\"" || scalar == "\\"
            if (escaped != text) != mustEscape || escaped.unicodeScalars.contains(where: PrintableText.isUnsafe) {
                Issue.record("U+\(String(number, radix: 16)) is written as \(escaped)")
            }
            if JSONValue.string(Array("\"\(escaped)\"".utf8)[...]) != Array(text.utf8) {
                Issue.record("U+\(String(number, radix: 16)) is not read back")
            }
        }
    }

    @Test func piecesAreEscapedAsTheWhole() {
        let pieces = ["\u{9B}", "2J\u{2028}", "", "\u{202E}é\u{7F}", "\"\\"]
        #expect(pieces.map(self.escaped).joined() == self.escaped(pieces.joined()))
        #expect(self.escaped("\u{9B}2J") == #"\u009b2J"#)
        #expect(self.escaped("\u{202E}") == #"\u202e"#)
    }

    @Test func inJSONTextOnlyUnsafeCharactersChange() {
        let text = "{\"a\\n\\\"\u{9B}\":\t[1.50e+3, \"\u{7F}é\u{2029}\u{61C}\\u0041\"]\n}"
        let expected = "{\"a\\n\\\"\\u009b\":\t[1.50e+3, \"\\u007fé\\u2029\\u061c\\u0041\"]\n}"
        #expect(self.escapedJSON(text) == expected)
        #expect(self.escapedJSON("") == "")
    }

    @Test func aTextThatEndsInsideACharacterIsNotReadBeyondItsEnd() {
        for bytes in [[0xC2], [0xE2, 0x80], [0xE2], [0xD8]] as [[UInt8]] {
            var result: [UInt8] = []
            bytes.withUnsafeBytes { JSONEscaping.append(json: $0, to: &result) }
            #expect(result == bytes)
        }
    }
}
