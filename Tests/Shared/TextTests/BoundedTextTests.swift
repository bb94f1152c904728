import Testing
import Text

@Suite struct BoundedTextTests {
    @Test func aTextThatFitsStaysAsItIs() {
        #expect(BoundedText.cut("", toBytes: 0) == "")
        #expect(BoundedText.cut("äö", toBytes: 4) == "äö")
        #expect(BoundedText.cut("äö", toBytes: .max) == "äö")
    }

    @Test(arguments: [(3, "ä [cut]"), (2, "ä [cut]"), (1, " [cut]"), (0, " [cut]"), (-1, " [cut]")])
    func aTextIsCutBetweenScalars(limit: Int, text: String) {
        #expect(BoundedText.cut("äö", toBytes: limit) == text)
    }

    @Test func oneCharacterOfManyScalarsIsCutToo() {
        let character = "e" + String(repeating: "\u{301}", count: 1000)
        #expect(character.count == 1)
        #expect(BoundedText.cut(character, toBytes: 5, mark: "") == "e\u{301}\u{301}")
    }
}
