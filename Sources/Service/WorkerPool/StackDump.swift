import Tasks

/// The stack of a stopped task, with the lines of the submitted code quoted. Made by ``ExitClassification``.
///
/// It is parsed from the output of CPython's `_Py_DumpTraceback`: a line for each frame, the innermost first. The
/// output comes from an untrusted process: lines that do not look like a frame of the submitted code are skipped.
struct StackDump {
    struct Frame: Equatable {
        var line: Int
        var function: String
        /// The line of the submitted code; nil when the code has no line with this number.
        var source: String?
    }

    /// The frames of the submitted code, the outermost first.
    let frames: [Frame]

    /// The file name under which the submitted code is compiled.
    static let taskFile = "<task>"
    static let maximumFrames = 100
    /// The longest quote of a line, in bytes. The worker uses the same limit.
    static let longestQuote = 4096
    /// The longest traceback, in bytes. A hundred frames of long lines would take seven times as much.
    static let maximumTraceback = 64 * 1024

    /// - Parameters:
    ///   - text: The output of `_Py_DumpTraceback`.
    ///   - code: The submitted code.
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

    /// The number of the line that ran, from the innermost frame; nil without a frame.
    var line: Int? { self.frames.last?.line }

    /// The line number as a part of a message, as in `; the code was running at line 3`; empty when it is unknown.
    func place(after verb: String) -> String {
        self.line.map { "; \(verb) line \($0)" } ?? ""
    }

    /// The code of the line that ran; nil when it is unknown.
    var sourceLine: String? { self.frames.last?.source }

    /// The frames as Python prints them, each with its line of code; nil without a frame. Outer frames are left out of
    /// a traceback that would exceed ``maximumTraceback``.
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

    /// The lines of the submitted code with these numbers, counted from 1, each cut at ``longestQuote``. The code is
    /// read in one pass: the task controls the numbers and the code, so one search for each number could take long.
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
