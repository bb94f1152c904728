import Tasks

/// The stack of a stopped task, with the author's lines quoted. Made by ``ExitClassification``.
///
/// The text is the output of CPython's `_Py_DumpTraceback`: a line for each frame, the innermost first. It comes from an
/// untrusted process; lines that do not look like a frame of the author's code are skipped.
struct StackDump {
    struct Frame: Equatable {
        var line: Int
        var function: String
        /// The author's line; nil when the code has no line of that number.
        var source: String?
    }

    /// The author's frames, the outermost first.
    let frames: [Frame]

    /// The file name that the author's code is compiled under.
    static let taskFile = "<task>"
    static let maximumFrames = 100
    /// The longest quote of a line, in bytes. The worker uses the same limit.
    static let longestQuote = 4096
    /// The longest traceback, in bytes. A hundred frames of long lines would take seven times as much.
    static let maximumTraceback = 64 * 1024

    /// - Parameters:
    ///   - text: The dump.
    ///   - code: The author's text.
    init(_ text: String, code: ArraySlice<UInt8>) {
        let prefix = "  File \"\(Self.taskFile)\", line "
        var frames: [Frame] = []
        for row in text.split(separator: "\n") where row.hasPrefix(prefix) && frames.count < Self.maximumFrames {
            let rest = row.dropFirst(prefix.count)
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let line = Int(digits), rest.dropFirst(digits.count).hasPrefix(" in ") else { continue }
            let function = rest.dropFirst(digits.count + 4).utf8.prefix(200)
            frames.append(Frame(line: line, function: String(decoding: function, as: UTF8.self)))
        }
        let lines = Self.lines(Set(frames.map(\.line)), of: code)
        for index in frames.indices { frames[index].source = lines[frames[index].line] }
        self.frames = frames.reversed()
    }

    /// Where the code was: the innermost of the author's frames.
    var line: Int? { self.frames.last?.line }

    /// The line for a message, as in `: it was running at line 3`; empty when it is unknown.
    func place(after verb: String) -> String {
        self.line.map { ": \(verb) line \($0)" } ?? ""
    }

    /// The author's line there.
    var sourceLine: String? { self.frames.last?.source }

    /// The frames as Python prints them, each with the author's line. Outer frames are left out when it gets too long.
    var traceback: String? {
        guard !self.frames.isEmpty else { return nil }
        var texts: [String] = []
        var room = Self.maximumTraceback
        for frame in self.frames.reversed() {
            var text = "  File \"\(Self.taskFile)\", line \(frame.line), in \(frame.function)\n"
            if let source = frame.source {
                text += "    \(source.drop { $0 == " " || $0 == "\t" })\n"
            }
            room -= text.utf8.count
            guard room >= 0 else {
                texts.append("  [the outer frames were left out: the traceback is too long]\n")
                break
            }
            texts.append(text)
        }
        return "Traceback (most recent call last):\n" + texts.reversed().joined()
    }

    /// The author's lines of those numbers, counted from 1, each cut at ``longestQuote``. In one pass: the task controls both
    /// the numbers and the text, so that a search for each number could take long.
    static func lines(_ numbers: Set<Int>, of code: ArraySlice<UInt8>) -> [Int: String] {
        var lines: [Int: String] = [:]
        var rest = code
        var number = 1
        while lines.count < numbers.count, !rest.isEmpty {
            let line = rest.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
            if numbers.contains(number) {
                lines[number] = String(decoding: line.prefix(Self.longestQuote), as: UTF8.self)
            }
            rest = rest[line.endIndex...]
            rest = rest.dropFirst(rest.starts(with: [UInt8(ascii: "\r"), UInt8(ascii: "\n")]) ? 2 : 1)
            number += 1
        }
        return lines
    }
}
