import Client
import Tasks
import Text

/// Formats the failure of a task, or the violations and hints of a check, for a terminal: the message, the place, the
/// source line with marks, the traceback and the hint.
struct TaskFailureText {
    /// The name of the file the code came from.
    var fileName: String
    var style: TerminalStyle
    /// The lines of the code, for places that the service sent without a source line.
    private var lines: [String]

    init(fileName: String, code: String, style: TerminalStyle = .plain) {
        self.fileName = fileName
        self.style = style
        // Python ends a line at \n, \r\n and \r.
        var lines: [String] = []
        var line = String.UnicodeScalarView()
        var previous: Unicode.Scalar?
        for scalar in code.unicodeScalars {
            if scalar == "\n" && previous == "\r" {
                previous = scalar
                continue
            }
            if scalar == "\n" || scalar == "\r" {
                lines.append(String(line))
                line = String.UnicodeScalarView()
            } else {
                line.append(scalar)
            }
            previous = scalar
        }
        self.lines = lines + [String(line)]
    }

    /// The text of a failure, with everything that is known about it.
    func text(_ failure: TaskFailure, outcome: String) -> String {
        guard failure.violations.isEmpty else {
            let isRepeated = failure.violations.contains { $0.hint == failure.hint }
            return failure.violations.map { self.text($0) }.joined() + (isRepeated ? "" : self.hint(failure.hint))
        }
        let title = Self.title(failure)
        let traceback = failure.traceback.map { ShownTraceback($0, fileName: self.fileName) }
        let excerpt = self.excerpt(
            line: failure.line,
            mark: failure.column.map { Mark(column: $0, length: traceback?.markedLength ?? 1) },
            sourceLine: failure.sourceLine,
            item: failure.itemIndex
        )
        let frames = traceback?.text(below: failure.line, title: title) ?? ""
        return self.heading("error", .error, "\(title) [\(outcome)]") + excerpt + PrintableText.lines(frames)
            + self.hint(failure.hint)
    }

    /// The text of one construct that the policy refuses.
    func text(_ violation: PolicyViolation) -> String {
        self.heading("error", .error, "\(violation.message) [\(violation.rule)]")
            + self.excerpt(line: violation.line, column: violation.column, construct: violation.construct)
            + self.hint(violation.hint)
    }

    /// The text of one hint.
    func text(_ advice: CodeHint) -> String {
        self.heading("hint", .hint, advice.message)
            + self.excerpt(line: advice.line, column: advice.column, construct: advice.construct)
    }

    private func heading(_ kind: String, _ part: TerminalStyle.Part, _ message: String) -> String {
        "\(self.style.text("\(kind):", as: part)) \(self.style.bold(PrintableText.lines(message)))\n"
    }

    private static func title(_ failure: TaskFailure) -> String {
        let type = failure.type.map { failure.message.contains($0) ? "" : "\($0): " } ?? ""
        return "\(type)\(failure.message)"
    }

    private func hint(_ hint: String?) -> String {
        hint.map { "\(self.style.text("hint:", as: .hint)) \(PrintableText.lines($0))\n" } ?? ""
    }

    // MARK: The excerpt

    /// The part of a line that is underlined: a column, counted from 1, and a length, both in code points.
    private struct Mark {
        var column: Int
        var length = 1

        /// Marks the last name of `construct` at `column` or after it. The service reports only the beginning of the
        /// statement, and a statement may import several modules. If the name is not found, one character is marked.
        init(_ construct: String, in source: String, from column: Int) {
            let words = construct.split { $0 == " " || $0 == "." }
            let scalars = Array(source.unicodeScalars)
            let word = Array((words.last ?? "").unicodeScalars)
            self.column = column
            func isWord(_ index: Int) -> Bool {
                scalars.indices.contains(index)
                    && (scalars[index].properties.isXIDContinue || scalars[index] == "_")
            }
            guard !word.isEmpty, (1...scalars.count + 1).contains(column), word.count <= scalars.count - column + 1
            else { return }
            for start in (column - 1)...(scalars.count - word.count)
            where scalars[start..<start + word.count].elementsEqual(word) && !isWord(start - 1)
                && !isWord(start + word.count)
            {
                self.column = start + 1
                self.length = word.count
                return
            }
        }

        init(column: Int, length: Int) {
            self.column = column
            self.length = length
        }
    }

    private func source(_ line: Int) -> String? {
        self.lines.indices.contains(line - 1) ? self.lines[line - 1] : nil
    }

    private func excerpt(line: Int, column: Int, construct: String) -> String {
        let mark = Mark(construct, in: self.source(line) ?? "", from: column)
        return self.excerpt(line: line, mark: mark, sourceLine: nil, item: nil)
    }

    private func excerpt(line: Int?, mark: Mark?, sourceLine: String?, item: Int?) -> String {
        guard let line, line > 0 else { return item.map { "  _items[\($0)]\n" } ?? "" }
        let place = PrintableText.line(
            "\(self.fileName):\(line)" + (mark.map { ":\($0.column)" } ?? "") + (item.map { ", _items[\($0)]" } ?? "")
        )
        let number = "\(line)"
        let margin = String(repeating: " ", count: number.utf8.count)
        let text = "\(margin)\(self.style.text("-->", as: .place)) \(place)\n"
        guard let source = sourceLine ?? self.source(line) else { return text }
        let code = "\(self.style.text("\(number) |", as: .place)) \(PrintableText.lines(source))\n"
        guard let mark, mark.column > 0 else { return text + code }
        let marks = self.style.text(Self.marks(source, mark), as: .error)
        return text + code
            + "\(self.style.text("\(margin) |", as: .place)) \(Self.indentation(source, to: mark.column))\(marks)\n"
    }

    /// As many marks as the marked text is wide, at least one.
    private static func marks(_ source: String, _ mark: Mark) -> String {
        let marked = source.unicodeScalars.dropFirst(mark.column - 1).prefix(mark.length)
        return String(repeating: "^", count: max(1, TerminalText.width(String(Substring(marked)))))
    }

    /// Blanks as wide as the text before `column`, which is counted in code points from 1. Tabs are kept.
    private static func indentation(_ source: String, to column: Int) -> String {
        let before = source.unicodeScalars.prefix(column - 1)
        return before.map { scalar in
            scalar == "\t" ? "\t" : String(repeating: " ", count: TerminalText.width(String(scalar)))
        }
        .joined()
    }
}
