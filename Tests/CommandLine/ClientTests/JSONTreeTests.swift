import JSONBytes
import Tasks
import Testing

@testable import Client

@Suite struct JSONTreeTests {
    @Test func aTreeIsWrittenAsItWasRead() throws {
        let text = #"{"a":[1.10,-0,12345678901234567890,true,null,"x\n\"é"],"b":{},"a b":[]}"#
        let tree = try JSONTree(Array(text.utf8))
        #expect(tree.line == text)
        #expect(tree["a"]?.elements?[2] == .number("12345678901234567890"))
        #expect(tree["a"]?.elements?[2].integer == nil)
        #expect(tree["missing"] == nil)
    }

    @Test func theDeepestItemsOfATaskAreBuilt() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        let deepest = #"{"items":[\#(nested(TaskLimits.maximumNesting))]}"#
        #expect(try JSONTree(Array(deepest.utf8)).line == deepest)
        #expect(throws: JSONError.self) { try JSONTree(Array(nested(JSONTree.maximumNesting + 1).utf8)) }
    }

    @Test func whatIsMalformedOrTooDeepIsRefused() {
        for text in ["", "{", "[1,]", "{} {}", String(repeating: "[", count: 100_000)] {
            #expect(throws: (any Error).self) { try JSONTree(Array(text.utf8)) }
        }
    }
}

@Suite struct LineSplitterTests {
    @Test func linesComeOutWhereverTheStreamWasCut() throws {
        let text = Array("one\n\nthree\nrest".utf8)
        for size in 1...text.count {
            var splitter = LineSplitter(maximumLength: 100)
            var lines: [String] = []
            for start in stride(from: 0, to: text.count, by: size) {
                for line in try splitter.append(text[start..<min(start + size, text.count)]) {
                    lines.append(String(decoding: line, as: UTF8.self))
                }
            }
            #expect(lines == ["one", "", "three"])
            #expect(splitter.remainder == Array("rest".utf8))
        }
    }

    @Test func aLineThatIsTooLongIsRefusedBeforeItIsComplete() throws {
        var splitter = LineSplitter(maximumLength: 3)
        #expect(try splitter.append(Array("abc\n".utf8)).count == 1)
        _ = try splitter.append(Array("abc".utf8))
        #expect(throws: LineSplitter.LineTooLong.self) { try splitter.append(Array("d".utf8)) }
        var whole = LineSplitter(maximumLength: 3)
        #expect(throws: LineSplitter.LineTooLong.self) { try whole.append(Array("abcd\n".utf8)) }
    }
}
