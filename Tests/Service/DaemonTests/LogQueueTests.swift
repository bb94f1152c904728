import Testing

@testable import Daemon

@Suite struct LogQueueTests {
    private static func line(_ text: String) -> [UInt8] { Array("\(text)\n".utf8) }

    @Test func linesComeBackInOrderAndOnce() {
        var queue = LogQueue(limit: 100)
        #expect(!queue.hasWork)
        #expect(queue.take() == nil)
        queue.append(Self.line("a"))
        queue.append(Self.line("b"))
        #expect(queue.hasWork)
        #expect(queue.take() == .init(lines: Array("a\nb\n".utf8), dropped: 0))
        #expect(!queue.hasWork)
        #expect(queue.take() == nil)
    }

    @Test func theLastByteFitsAndOneMoreDoesNot() {
        var exact = LogQueue(limit: 6)
        exact.append(Self.line("ab"))
        exact.append(Self.line("cd"))
        #expect(exact.dropped == 0)
        #expect(exact.take() == .init(lines: Array("ab\ncd\n".utf8), dropped: 0))

        var small = LogQueue(limit: 5)
        small.append(Self.line("ab"))
        small.append(Self.line("cd"))
        #expect(small.dropped == 1)
        #expect(small.take() == .init(lines: Array("ab\n".utf8), dropped: 1))
    }

    @Test func linesAreMissingInOnePlaceOnly() {
        var queue = LogQueue(limit: 5)
        queue.append(Self.line("ab"))
        queue.append(Self.line("cd"))
        // It would fit, but it came behind one that did not.
        queue.append(Self.line("e"))
        let batch = queue.take()
        #expect(batch == .init(lines: Array("ab\n".utf8), dropped: 2))
        // The batch is not written yet, and there is room for as much again.
        queue.append(Self.line("fghi"))
        #expect(queue.take() == .init(lines: Array("fghi\n".utf8), dropped: 0))
        #expect(queue.dropped == 2)
    }

    @Test func aLineLargerThanTheQueueIsCountedAndTheNextOneFits() {
        var queue = LogQueue(limit: 5)
        queue.append(Self.line("abcde"))
        #expect(queue.hasWork)
        #expect(queue.take() == .init(lines: [], dropped: 1))
        queue.append(Self.line("abcd"))
        #expect(queue.take() == .init(lines: Array("abcd\n".utf8), dropped: 0))
    }

    @Test func missingLinesAreReportedUntilALineSaysSoAndThenNeverAgain() throws {
        var queue = LogQueue(limit: 3)
        queue.append(Self.line("ab"))
        queue.append(Self.line("cd"))
        let taken = queue.take()
        let first = try #require(taken)
        // Its own line could not be written either, nor could the notice.
        queue.finished(first, lost: 1, isReported: false)
        #expect(queue.dropped == 2)
        // No line waits, so nothing is written just to say it.
        #expect(!queue.hasWork)
        queue.append(Self.line("ef"))
        let takenNext = queue.take()
        let second = try #require(takenNext)
        #expect(second == .init(lines: Array("ef\n".utf8), dropped: 2))
        queue.finished(second, lost: 0, isReported: true)
        queue.append(Self.line("gh"))
        #expect(queue.take()?.dropped == 0)
        #expect(queue.dropped == 2)
    }
}

@Suite struct LogOutputTests {
    /// Of pipe(7), and what Linux has.
    private static let pipeBuffer = 4096

    private static func lines(_ lengths: Int...) -> [UInt8] {
        lengths.flatMap { [UInt8](repeating: UInt8(ascii: "x"), count: $0 - 1) + [UInt8(ascii: "\n")] }
    }

    @Test func aPieceIsAsManyWholeLinesAsAPipeTakesAtOnce() {
        let exact = Self.lines(96, 4000, 10)
        #expect(LogOutput.endOfPiece(of: exact, from: 0) == Self.pipeBuffer)
        #expect(LogOutput.endOfPiece(of: exact, from: Self.pipeBuffer) == exact.count)
        let oneMore = Self.lines(97, 4000, 10)
        #expect(LogOutput.endOfPiece(of: oneMore, from: 0) == 97)
        #expect(LogOutput.endOfPiece(of: oneMore, from: 97) == oneMore.count)
    }

    @Test func onlyALineThatIsLongerIsCut() {
        let long = Self.lines(10, 5000)
        #expect(LogOutput.endOfPiece(of: long, from: 0) == 10)
        #expect(LogOutput.endOfPiece(of: long, from: 10) == 10 + Self.pipeBuffer)
        #expect(LogOutput.endOfPiece(of: long, from: 10 + Self.pipeBuffer) == long.count)
    }
}
