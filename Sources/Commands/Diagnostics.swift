import Client
import Tasks

/// What went wrong with a task, written for the person at the terminal: what, where, the line with a caret, a hint.
struct Diagnostics {
    /// The name of the file the code came from.
    var fileName: String
    /// The code's lines, to show those that the service did not send along.
    private var lines: [String]

    init(fileName: String, code: String) {
        self.fileName = fileName
        // As Python counts lines: \n, \r\n and \r end one.
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

    /// A failure, in full.
    func text(_ failure: TaskFailure, outcome: String) -> String {
        guard failure.violations.isEmpty else {
            let isRepeated = failure.violations.contains { $0.hint == failure.hint }
            return failure.violations.map { self.text($0) }.joined() + (isRepeated ? "" : Self.hint(failure.hint))
        }
        var text = "error: \(Self.title(failure, outcome: outcome))\n"
        text += self.excerpt(
            line: failure.line,
            column: failure.column,
            sourceLine: failure.sourceLine,
            item: failure.itemIndex
        )
        if let traceback = failure.traceback {
            text += traceback.hasSuffix("\n") ? traceback : traceback + "\n"
        }
        return TerminalText.harmless(text, keepingLines: true) + Self.hint(failure.hint)
    }

    /// One construct that the policy refuses.
    func text(_ violation: PolicyViolation) -> String {
        var text = "error: \(violation.message) [\(violation.rule)]\n"
        text += self.excerpt(line: violation.line, column: violation.column, sourceLine: nil, item: nil)
        return TerminalText.harmless(text, keepingLines: true) + Self.hint(violation.hint)
    }

    /// A piece of advice.
    func text(_ advice: CodeHint) -> String {
        let text =
            "hint: \(advice.message)\n"
            + self.excerpt(line: advice.line, column: advice.column, sourceLine: nil, item: nil)
        return TerminalText.harmless(text, keepingLines: true)
    }

    private static func title(_ failure: TaskFailure, outcome: String) -> String {
        let type = failure.type.map { failure.message.hasPrefix($0) ? "" : "\($0): " } ?? ""
        return "\(type)\(failure.message) [\(outcome)]"
    }

    private static func hint(_ hint: String?) -> String {
        hint.map { "hint: \(TerminalText.harmless($0, keepingLines: true))\n" } ?? ""
    }

    private func excerpt(line: Int?, column: Int?, sourceLine: String?, item: Int?) -> String {
        guard let line, line > 0 else { return item.map { "  item \($0)\n" } ?? "" }
        let place = "\(self.fileName):\(line)" + (column.map { ":\($0)" } ?? "") + (item.map { ", item \($0)" } ?? "")
        let number = "\(line)"
        let margin = String(repeating: " ", count: number.utf8.count)
        var text = "\(margin)--> \(place)\n"
        guard let source = sourceLine ?? (line <= self.lines.count ? self.lines[line - 1] : nil) else { return text }
        text += "\(number) | \(source)\n"
        if let column, column > 0 {
            text += "\(margin) | \(Self.indentation(source, to: column))^\n"
        }
        return text
    }

    /// Blanks that reach as far as the characters before `column` (counted from 1 in code points) do.
    private static func indentation(_ source: String, to column: Int) -> String {
        let before = source.unicodeScalars.prefix(column - 1)
        return before.map { scalar in
            scalar == "\t" ? "\t" : String(repeating: " ", count: TerminalText.width(String(scalar)))
        }
        .joined()
    }
}
