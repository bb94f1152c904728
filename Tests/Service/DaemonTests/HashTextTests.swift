import Testing

@testable import Daemon

@Suite struct HashTextTests {
    /// The example of FIPS 180-4 for a message of one block.
    private static let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    @Test func bytesAreHashedWhereverTheyLie() {
        #expect(HashText.sha256(Array("abc".utf8)) == Self.hash)
        #expect(HashText.sha256(Array("xabc".utf8)[1...]) == Self.hash)
        // The control, and bytes that do not lie together.
        #expect(HashText.sha256(Array("abd".utf8)) != Self.hash)
        #expect(HashText.sha256("cba".utf8.reversed()) == Self.hash)
    }
}
