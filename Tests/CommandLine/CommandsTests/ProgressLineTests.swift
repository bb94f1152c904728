import Testing

@testable import Commands

@Suite struct ProgressLineTests {
    @Test func itIsWrittenOverAndRemoved() {
        var line = ProgressLine(isShown: true)
        #expect(line.update(done: 1, total: 3) == "\r\u{1B}[K1 of 3 items")
        #expect(line.update(done: 2, total: 3) == "\r\u{1B}[K2 of 3 items")
        #expect(line.end() == "\r\u{1B}[K")
        #expect(line.end().isEmpty)
    }

    @Test func aTaskThatTakesLongShowsItsTime() {
        var line = ProgressLine(isShown: true)
        #expect(line.update(elapsed: .seconds(1)).isEmpty)
        #expect(line.update(elapsed: .seconds(2)) == "\r\u{1B}[Kwaiting for the result, 2 s")
        #expect(line.update(done: 1, total: 3) == "\r\u{1B}[K1 of 3 items, 2 s")
        #expect(line.update(elapsed: .seconds(61)) == "\r\u{1B}[K1 of 3 items, 1 m 1 s")
        // The last items are followed by the result.
        #expect(line.update(done: 3, total: 3).isEmpty)
        #expect(line.end() == "\r\u{1B}[K")
    }

    @Test func printsComeBeforeItAndAreNotWrittenOver() {
        var line = ProgressLine(isShown: true)
        _ = line.update(done: 1, total: 3)
        #expect(line.printed("half a line") == "\r\u{1B}[Khalf a line")
        #expect(line.update(done: 2, total: 3).isEmpty)
        #expect(line.printed(" and the rest\n") == " and the rest\n")
        #expect(!line.update(done: 2, total: 3).isEmpty)
    }

    @Test func withoutATerminalThereIsNone() {
        var line = ProgressLine(isShown: false)
        #expect(line.update(done: 1, total: 3).isEmpty && line.end().isEmpty)
        #expect(line.update(elapsed: .seconds(9)).isEmpty)
        #expect(line.printed("text") == "text")
    }
}
