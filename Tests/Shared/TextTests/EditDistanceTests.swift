import Testing
import Text

@Suite struct EditDistanceTests {
    @Test(arguments: [
        ("", "", 0), ("run", "run", 0), ("rnu", "run", 2), ("run", "", 3), ("", "run", 3), ("tasks", "task", 1),
    ])
    func theDistanceIsThatOfSingleEdits(one: String, other: String, distance: Int) {
        #expect(EditDistance.between(one, other) == distance)
    }

    @Test func namesFromOutsideAreBounded() {
        let long = String(repeating: "x", count: 1 << 20)
        #expect(EditDistance.between(long, "run") == 100)
        #expect(EditDistance.between("run", long) == 100)
    }
}
