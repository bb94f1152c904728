import Tasks

/// What a stopped worker's interpreter said of where its code was, made readable with the author's own text.
///
/// The dump is CPython's `_Py_DumpTraceback`: a line a frame, the innermost first. It is a worker's word and may be
/// anything; what does not look like one of the author's frames is passed over.
struct StackDump {
    struct Frame: Equatable {
        var line: Int
        var function: String
    }

    /// The author's frames, the outermost first.
    let frames: [Frame]

    /// The file name that the author's code is compiled under.
    static let taskFile = "<task>"
    static let maximumFrames = 100

    init(_ text: String) {
        let prefix = "  File \"\(Self.taskFile)\", line "
        var frames: [Frame] = []
        for row in text.split(separator: "\n") where row.hasPrefix(prefix) && frames.count < Self.maximumFrames {
            let rest = row.dropFirst(prefix.count)
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let line = Int(digits), rest.dropFirst(digits.count).hasPrefix(" in ") else { continue }
            frames.append(Frame(line: line, function: String(rest.dropFirst(digits.count + 4).prefix(200))))
        }
        self.frames = frames.reversed()
    }

    /// Where the code was: the innermost of the author's frames.
    var line: Int? { self.frames.last?.line }

    /// The frames as Python prints them, each with the author's line from `code`.
    func traceback(code: ArraySlice<UInt8>) -> String? {
        guard !self.frames.isEmpty else { return nil }
        var text = "Traceback (most recent call last):\n"
        for frame in self.frames {
            text += "  File \"\(Self.taskFile)\", line \(frame.line), in \(frame.function)\n"
            if let source = Self.sourceLine(frame.line, of: code) {
                text += "    \(source.drop { $0 == " " || $0 == "\t" })\n"
            }
        }
        return text
    }

    /// The author's line of that number, counted from 1.
    static func sourceLine(_ number: Int, of code: ArraySlice<UInt8>) -> String? {
        guard number >= 1 else { return nil }
        let lines = code.split(separator: UInt8(ascii: "\n"), maxSplits: number, omittingEmptySubsequences: false)
        guard number <= lines.count else { return nil }
        let line = lines[number - 1]
        return String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
    }
}
