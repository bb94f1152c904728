import Testing

@testable import WorkerPool

@Suite struct StackDumpTests {
    private func dump(lines: [Int], code: String) -> StackDump {
        let frames = lines.map { "  File \"<task>\", line \($0) in f\n" }.joined()
        return StackDump("Stack (most recent call first):\n" + frames, code: Array(code.utf8)[...])
    }

    @Test func everyFrameIsQuotedWithItsOwnLine() {
        let dump = self.dump(lines: [3, 1, 3], code: "def f():\n\n    f()\nf()")
        #expect(dump.line == 3)
        #expect(dump.sourceLine == "    f()")
        #expect(
            dump.traceback == """
                Traceback (most recent call last):
                  File "<task>", line 3, in f
                    f()
                  File "<task>", line 1, in f
                    def f():
                  File "<task>", line 3, in f
                    f()

                """
        )
    }

    @Test(arguments: ["a\nb\nc", "a\r\nb\r\nc", "a\rb\rc", "a\rb\r\nc\n"])
    func linesAreCountedAsTheWorkerCountsThem(code: String) {
        #expect(self.dump(lines: [3], code: code).sourceLine == "c")
        #expect(self.dump(lines: [2], code: code).sourceLine == "b")
    }

    @Test(arguments: [0, 4, Int.max])
    func aLineThatIsNotThereIsNotQuoted(number: Int) {
        let dump = self.dump(lines: [number], code: "a\nb\nc")
        #expect(dump.line == number)
        #expect(dump.sourceLine == nil)
        #expect(dump.traceback?.hasSuffix("line \(number), in f\n") == true)
    }

    /// A line of a megabyte, a hundred frames deep, would come to a hundred megabytes.
    @Test func ofALongLineOnlyTheBeginningIsQuotedAndOfManyFramesTheInnermost() {
        let code = "x = 1\ny = '" + String(repeating: "ä", count: 500_000) + "'"
        let dump = self.dump(lines: Array(repeating: 2, count: 99) + [1], code: code)
        #expect(dump.frames.count == 100)
        #expect(dump.sourceLine?.utf8.count ?? 0 <= StackDump.longestQuote + 2)
        #expect(dump.sourceLine?.hasPrefix("y = 'ää") == true)
        let traceback = dump.traceback ?? ""
        #expect(traceback.utf8.count <= StackDump.maximumTraceback + 200, "\(traceback.utf8.count)")
        #expect(traceback.utf8.count > StackDump.maximumTraceback - 2 * StackDump.longestQuote)
        #expect(traceback.contains("\n  [the outer frames were left out"))
        #expect(!traceback.contains("x = 1"))
        // Control: what fits is all there.
        let short = self.dump(lines: Array(repeating: 2, count: 99) + [1], code: "x = 1\ny = 2").traceback ?? ""
        #expect(short.split(separator: "\n").count == 201)
        #expect(!short.contains("left out"))
    }

    @Test func aForgedNameOfAFunctionIsCut() {
        let dump = StackDump("  File \"<task>\", line 1 in e" + String(repeating: "\u{301}", count: 30_000), code: [])
        #expect(dump.traceback?.utf8.count ?? 0 < 300)
    }
}
