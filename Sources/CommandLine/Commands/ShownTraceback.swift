/// Python's traceback in a form for people: with the name of the submitted file, with repeated frames collapsed, and
/// without what the message above it says already.
struct ShownTraceback {
    /// A frame: its line with the place, then the source line and the marks below it.
    private struct Frame: Equatable {
        var head: String
        var details: [String] = []

        /// Two frames are equal if they are at the same line of the same function.
        static func == (left: Frame, right: Frame) -> Bool { left.head == right.head }

        /// The number of frames that the service left out, if this is the line that says so; nil for a real frame.
        var leftOut: Int? {
            guard self.head.hasPrefix("  ["), self.head.hasSuffix(" frames left out]") else { return nil }
            return Int(self.head.dropFirst(3).prefix { $0 != " " })
        }
    }

    /// The frames of one exception, and the lines that follow them.
    private struct Block {
        var header: String
        var frames: [Frame] = []
        /// The lines with the exception, and with the text between two tracebacks of a chain.
        var rest: [String] = []
    }

    /// The longest cycle of frames that is recognised: functions that call each other in turn.
    private static let longestCycle = 4
    /// The header that begins the frames of one exception.
    private static let header = "Traceback (most recent call last):"

    private var blocks: [Block] = []

    /// - Parameters:
    ///   - text: The traceback as the service sent it.
    ///   - fileName: The file name to show instead of `<task>`, which the service uses.
    init(_ text: String, fileName: String) {
        guard !text.isEmpty else { return }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line == Self.header || self.blocks.isEmpty {
                self.blocks.append(Block(header: line))
                continue
            }
            let last = self.blocks.count - 1
            let isInFrames = self.blocks[last].rest.isEmpty && self.blocks[last].header == Self.header
            if isInFrames, line.hasPrefix("  File \"") || line.hasPrefix("  [") {
                self.blocks[last].frames.append(Frame(head: Self.named(line, fileName)))
            } else if isInFrames, line.hasPrefix("    "), !self.blocks[last].frames.isEmpty {
                self.blocks[last].frames[self.blocks[last].frames.count - 1].details.append(line)
            } else {
                self.blocks[last].rest.append(line)
            }
        }
        // The text ends with a line feed, so the last element of the split is not a line.
        if let last = self.blocks.indices.last, self.blocks[last].rest.last == "" {
            self.blocks[last].rest.removeLast()
        }
    }

    /// How many characters of the source line Python marked in the innermost frame; nil when it marked none.
    var markedLength: Int? {
        guard let marks = self.blocks.last?.frames.last?.details.last else { return nil }
        let marked = marks.drop { $0 == " " }
        return !marked.isEmpty && marked.allSatisfy { $0 == "^" || $0 == "~" } ? marked.count : nil
    }

    /// The text below an excerpt of the code.
    ///
    /// - Parameters:
    ///   - line: The line of the excerpt; nil without an excerpt. If the innermost frame is at this line, its source
    ///     line is left out, and the whole text if nothing else follows.
    ///   - title: The exception in the words of the message above, which are not repeated.
    /// - Returns: Lines with line feeds; empty when the excerpt says everything.
    func text(below line: Int?, title: String) -> String {
        var blocks = self.blocks
        if let last = blocks.indices.last {
            let titleLines = title.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            if blocks[last].rest.starts(with: titleLines) { blocks[last].rest.removeFirst(titleLines.count) }
            if let line, let frame = blocks[last].frames.last, frame.head.contains(", line \(line),") {
                if blocks.count == 1, blocks[last].frames.count == 1, blocks[last].rest.isEmpty { return "" }
                blocks[last].frames[blocks[last].frames.count - 1].details = []
            }
        }
        return blocks.flatMap { [$0.header] + Self.lines($0.frames) + $0.rest }.map { $0 + "\n" }.joined()
    }

    private static func named(_ line: String, _ fileName: String) -> String {
        let own = "  File \"<task>\""
        return line.hasPrefix(own) ? "  File \"\(fileName)\"" + line.dropFirst(own.count) : line
    }

    /// The lines of frames, in which a cycle of frames is shown three times at most.
    private static func lines(_ frames: [Frame]) -> [String] {
        var lines: [String] = []
        var index = 0
        while index < frames.count {
            let cycle = Self.cycle(in: frames, at: index)
            let shown = min(cycle.repeats, 3)
            for frame in frames[index..<index + shown * cycle.length] { lines += [frame.head] + frame.details }
            index += cycle.repeats * cycle.length
            var omitted = cycle.repeats - shown
            if cycle.length == 1, omitted > 0 {
                Self.skip(frames[index - 1], in: frames, at: &index, counting: &omitted)
            }
            if omitted > 0 {
                let what = cycle.length == 1 ? "frame" : "\(cycle.length) frames"
                lines.append("  [the previous \(what) repeated \(omitted) more times]")
            }
        }
        return lines
    }

    /// Skips frames that are equal to `frame`, and the lines about left-out frames between them. Adds the number of
    /// these frames to `omitted`.
    private static func skip(_ frame: Frame, in frames: [Frame], at index: inout Int, counting omitted: inout Int) {
        while index < frames.count {
            if frames[index] == frame {
                omitted = Self.sum(omitted, 1)
                index += 1
            } else if let count = frames[index].leftOut, index + 1 < frames.count, frames[index + 1] == frame {
                omitted = Self.sum(omitted, count)
                index += 1
            } else {
                return
            }
        }
    }

    /// The sum of two counts, at most `Int.max`. The service may send any count.
    private static func sum(_ count: Int, _ other: Int) -> Int {
        let (sum, hasOverflown) = count.addingReportingOverflow(max(0, other))
        return hasOverflown ? .max : sum
    }

    /// The shortest cycle that begins at `index` and occurs more than three times in a row; without such a cycle, the
    /// frame at `index`, which occurs once.
    private static func cycle(in frames: [Frame], at index: Int) -> (length: Int, repeats: Int) {
        for length in 1...Self.longestCycle where index + 4 * length <= frames.count {
            let pattern = frames[index..<index + length]
            var repeats = 1
            while index + (repeats + 1) * length <= frames.count,
                frames[(index + repeats * length)..<(index + (repeats + 1) * length)].elementsEqual(pattern)
            {
                repeats += 1
            }
            if repeats > 3 { return (length, repeats) }
        }
        return (1, 1)
    }
}
