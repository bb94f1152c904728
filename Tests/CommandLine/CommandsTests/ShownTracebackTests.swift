import Testing

@testable import Commands

@Suite struct ShownTracebackTests {
    private static let header = "Traceback (most recent call last):\n"

    private static func frame(_ line: Int, _ name: String, _ source: String, _ marks: String) -> String {
        "  File \"<task>\", line \(line), in \(name)\n    \(source)\n    \(marks)\n"
    }

    @Test func theOnlyFrameIsNotRepeatedBelowTheExcerpt() {
        let text = Self.header + Self.frame(2, "<module>", "return x['k']", "       ^^^^^^") + "KeyError: 'k'\n"
        let traceback = ShownTraceback(text, fileName: "a.py")
        #expect(traceback.text(below: 2, title: "KeyError: 'k'") == "")
        #expect(traceback.markedLength == 6)
        // The control: without an excerpt of that line all of it is shown, with the name of the file.
        #expect(
            traceback.text(below: nil, title: "other")
                == Self.header
                + "  File \"a.py\", line 2, in <module>\n    return x['k']\n           ^^^^^^\nKeyError: 'k'\n"
        )
    }

    @Test func theInnermostFrameNamesItsFunctionOnly() {
        let text =
            Self.header + Self.frame(4, "<module>", "g()", "^^^") + Self.frame(2, "g", "x()", "^^^") + "E: m\na note\n"
        #expect(
            ShownTraceback(text, fileName: "a.py").text(below: 2, title: "E: m")
                == Self.header
                + "  File \"a.py\", line 4, in <module>\n    g()\n    ^^^\n  File \"a.py\", line 2, in g\na note\n"
        )
    }

    @Test func repeatedFramesAreCollapsed() {
        let frames = String(repeating: Self.frame(2, "f", "f()", "^^^"), count: 66)
        let text = Self.header + Self.frame(9, "<module>", "f()", "^^^") + frames + "RecursionError: deep\n"
        let shown = ShownTraceback(text, fileName: "a").text(below: nil, title: "RecursionError: deep")
        #expect(shown.split(separator: "\n").count == 1 + 3 + 3 * 3 + 1)
        #expect(shown.hasSuffix("  [the previous frame repeated 63 more times]\n"))
        // The control: three are no reason to leave one out.
        let three = Self.header + String(repeating: Self.frame(2, "f", "f()", "^^^"), count: 3)
        #expect(!ShownTraceback(three, fileName: "a").text(below: nil, title: "x").contains("repeated"))
    }

    @Test func framesThatTheServiceLeftOutAreCounted() {
        let frames = String(repeating: Self.frame(2, "f", "f()", "^^^"), count: 30)
        let text = Self.header + frames + "  File \"<task>\", line 2, in f\n  [936 frames left out]\n" + frames
        let shown = ShownTraceback(text, fileName: "a").text(below: nil, title: "x")
        #expect(shown.hasSuffix("  [the previous frame repeated 994 more times]\n"), "\(shown)")
        // The control: between frames of different lines the line stays.
        let other = Self.header + frames + "  [936 frames left out]\n" + Self.frame(5, "g", "g()", "^^^")
        let all = ShownTraceback(other, fileName: "a").text(below: nil, title: "x")
        #expect(all.contains("repeated 27 more times]\n  [936 frames left out]\n  File \"a\", line 5, in g\n"))
    }

    @Test(arguments: [
        ("\(Int.max)", "\(Int.max)"), ("\(Int.max - 40)", "\(Int.max)"), ("-5", "58"), ("\(Int.min)", "58"),
    ])
    func aCountOfAnySizeOfFramesLeftOutIsShown(count: String, sum: String) {
        let frames = String(repeating: Self.frame(2, "f", "f()", "^^^"), count: 30)
        let left = "  [\(count) frames left out]\n"
        let text = Self.header + frames + left + frames + left + Self.frame(2, "f", "f()", "^^^")
        let shown = ShownTraceback(text, fileName: "a").text(below: nil, title: "x")
        #expect(shown.contains("  [the previous frame repeated \(sum) more times]\n"), "\(shown)")
    }

    @Test func functionsThatCallEachOtherAreCollapsed() {
        let pair = Self.frame(1, "even", "odd()", "^^^^^") + Self.frame(2, "odd", "even()", "^^^^^^")
        let text = Self.header + String(repeating: pair, count: 50) + "RecursionError: deep\n"
        let shown = ShownTraceback(text, fileName: "a").text(below: nil, title: "RecursionError: deep")
        #expect(shown.hasSuffix("  [the previous 2 frames repeated 47 more times]\n"))
        #expect(shown.split(separator: "\n").count == 1 + 3 * 6 + 1)
    }

    @Test func aChainOfExceptionsStaysWhole() {
        let first = Self.header + Self.frame(1, "<module>", "a()", "^^^") + "A: 1\n"
        let between = "\nDuring handling of the above exception, another exception occurred:\n\n"
        let text = first + between + Self.header + Self.frame(3, "<module>", "b()", "^^^") + "B: 2\n"
        let shown = ShownTraceback(text, fileName: "t.py").text(below: 3, title: "B: 2")
        #expect(shown.contains("    a()\n    ^^^\nA: 1\n" + between + Self.header))
        #expect(shown.hasSuffix("  File \"t.py\", line 3, in <module>\n"))
    }

    @Test func anyTextIsShownAsItIs() {
        #expect(ShownTraceback("", fileName: "a").text(below: 1, title: "") == "")
        #expect(
            ShownTraceback("no traceback\nat all", fileName: "a").text(below: 1, title: "x") == "no traceback\nat all\n"
        )
    }
}
