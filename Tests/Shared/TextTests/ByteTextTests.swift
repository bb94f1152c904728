import Testing
import Text

@Suite struct ByteTextTests {
    @Test(arguments: [
        (0, "0 bytes"), (1023, "1023 bytes"), (1024, "1 KiB"), (64 << 20, "64 MiB"), ((64 << 20) - 1, "63 MiB"),
        (3 << 30, "3 GiB"), (-1, "-1 bytes"),
    ])
    func sizesAreInTheLargestUnitThatFits(count: Int, text: String) {
        #expect(ByteText.text(count) == text)
    }

    @Test func aShareIsNeverMoreThanTheWholeNorLessThanNothing() {
        #expect(ByteText.share(255 << 20, of: 256 << 20) == "255 MiB of 256 MiB")
        #expect(ByteText.share(.max, of: 256 << 20) == "256 MiB of 256 MiB")
        #expect(ByteText.share(-5, of: 1024) == "0 bytes of 1 KiB")
    }
}
