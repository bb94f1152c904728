import JSONBytes
import TestSupport
import Testing

@Suite struct JSONValueTests {
    private func string(_ text: String) -> [UInt8] { JSONValue.string(Array(text.utf8)[...]) }

    private func text(_ text: String) -> String? { Array(text.utf8).withUnsafeBytes { JSONValue.text($0[...]) } }

    private func integer(_ text: String) -> Int? { Array(text.utf8).withUnsafeBytes { JSONValue.integer($0[...]) } }

    @Test func escapesAreDecoded() {
        #expect(self.text(#""""#) == "")
        #expect(self.text(#""a\"\\\/\b\f\n\r\tz""#) == "a\"\\/\u{8}\u{C}\n\r\tz")
        #expect(self.text(#""\u0041\u00e9\u20AC\uD83D\uDE00""#) == "Aé€😀")
        #expect(self.text("\"é€😀\"") == "é€😀")
        #expect(self.text(#""\u0000""#) == "\u{0}")
    }

    @Test func loneSurrogatesKeepTheirThreeByteForm() {
        #expect(self.string(#""\ud800""#) == [0xED, 0xA0, 0x80])
        #expect(self.string(#""\udfffx""#) == [0xED, 0xBF, 0xBF, 0x78])
        #expect(self.string(#""\ud800\ud800\udc00""#) == [0xED, 0xA0, 0x80, 0xF0, 0x90, 0x80, 0x80])
        #expect(self.string(#""\ud800\n""#) == [0xED, 0xA0, 0x80, 0x0A])
        #expect(self.string(#""\ud800\u0041""#) == [0xED, 0xA0, 0x80, 0x41])
        #expect(self.text(#""\ud800""#) == nil)
        #expect(self.text(#""\udc00\ud800""#) == nil)
    }

    @Test func integersAreExactOrNothing() {
        #expect(self.integer("0") == 0)
        #expect(self.integer("-0") == 0)
        #expect(self.integer("5000") == 5000)
        #expect(self.integer("9223372036854775807") == .max)
        #expect(self.integer("-9223372036854775808") == .min)
        #expect(self.integer("9223372036854775808") == nil)
        #expect(self.integer("-9223372036854775809") == nil)
        #expect(self.integer("1.0") == nil)
        #expect(self.integer("1e3") == nil)
        #expect(self.integer(String(repeating: "9", count: 400)) == nil)
    }

    @Test func wholeNumbersMayBeWrittenInAnyWayAndAreBounded() {
        func number(_ text: String) -> Int? { Array(text.utf8).withUnsafeBytes { JSONValue.wholeNumber($0[...]) } }
        for text in ["12", "12.0", "1.2e1", "120e-1"] { #expect(number(text) == 12, "\(text)") }
        for text in ["0.5", "1e-1", "-1.5"] { #expect(number(text) == nil, "\(text)") }
        #expect(number("-0.0") == 0)
        for text in ["1000000000000001", "1e16", "1e999"] { #expect(number(text) == 1_000_000_000_000_000, "\(text)") }
        #expect(number("-1e999") == -1_000_000_000_000_000)
    }

    @Test func whatIsWrittenIsReadBack() throws {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<2000 {
            var text = ""
            for _ in 0..<Int.random(in: 0..<24, using: &generator) {
                let bound: UInt32 = Bool.random(using: &generator) ? 0x80 : 0x11_0000
                if let scalar = Unicode.Scalar(UInt32.random(in: 0..<bound, using: &generator)) {
                    text.unicodeScalars.append(scalar)
                }
            }
            var writer = JSONWriter()
            writer.string(text)
            try JSONText.validate(writer.bytes[...], maximumNesting: 0)
            #expect(writer.bytes.allSatisfy { $0 >= 0x20 })
            #expect(JSONValue.string(writer.bytes[...]) == Array(text.utf8))
        }
    }
}
