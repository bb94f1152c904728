import JSONBytes
import Tasks

/// Encodes a task's failure as the `error` of n8n's `runner:taskerror`.
///
/// n8n's error view shows `message` in bold and `description` below it; the other members appear in the details. `message`
/// therefore ends with the line and the item of the failure, as in n8n's JavaScript errors, and `description` says what to
/// do.
enum FailureEncoding {
    /// Writes the value of the member `error`.
    static func write(_ failure: TaskFailure, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("message")
        writer.string(self.message(failure))
        writer.write(self.description(failure), for: "description")
        writer.write(failure.traceback, for: "stack")
        writer.key("kind")
        writer.string(failure.kind.name)
        writer.write(failure.type, for: "type")
        writer.write(failure.line, for: "lineNumber")
        writer.write(failure.column, for: "column")
        writer.write(failure.sourceLine, for: "sourceLine")
        writer.write(failure.itemIndex, for: "itemIndex")
        writer.write(failure.hint, for: "hint")
        if !failure.violations.isEmpty {
            writer.key("violations")
            writer.beginArray()
            for violation in failure.violations { self.write(violation, into: &writer) }
            writer.endArray()
        }
        writer.endObject()
    }

    /// The failure's message, followed by line and item: `KeyError: 'name' [line 3, for item 2]`.
    static func message(_ failure: TaskFailure) -> String {
        var places: [String] = []
        if let line = failure.line { places.append("line \(line)") }
        if let item = failure.itemIndex { places.append("for item \(item)") }
        let text = self.text(failure)
        return places.isEmpty ? text : "\(text) [\(places.joined(separator: ", "))]"
    }

    /// The failure's message without line and item. The message of a timeout always contains "timed out", the text of n8n's
    /// own runner that workflows may compare with.
    private static func text(_ failure: TaskFailure) -> String {
        guard failure.kind == .timedOut, !failure.message.contains("timed out") else { return failure.message }
        return "the task timed out: \(failure.message)"
    }

    /// The result of a failed task with *continue on fail*: one item with the error text, in the format that the worker
    /// uses for exceptions of the task's code.
    static func errorItem(_ failure: TaskFailure) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        writer.beginObject()
        writer.key("json")
        writer.beginObject()
        writer.key("error")
        writer.string(self.text(failure))
        writer.endObject()
        writer.endObject()
        writer.endArray()
        return writer.bytes
    }

    /// The description: the exception's own description, the source line, all violations if there are several, and the
    /// hint; nil if the failure has no such text. n8n renders the description as HTML, so the text is escaped: otherwise a
    /// `<` or a line break would be lost. The exception's own description is not escaped, because it may be HTML; n8n's
    /// runner does not escape it either.
    static func description(_ failure: TaskFailure) -> String? {
        var lines: [String] = []
        if let line = failure.line, let source = failure.sourceLine?.drop(while: { $0.isWhitespace }), !source.isEmpty {
            lines.append("Line \(line): \(source)")
        }
        if failure.violations.count > 1 {
            for violation in failure.violations {
                let hint = violation.hint.map { "; \($0)" } ?? ""
                lines.append("Line \(violation.line): \(violation.message)\(hint)")
            }
        }
        if let hint = failure.hint ?? (failure.violations.count == 1 ? failure.violations.first?.hint : nil) {
            lines.append(hint)
        }
        let own = failure.exceptionDescription.map { [$0] } ?? []
        let all = own + lines.map(self.escaped)
        return all.isEmpty ? nil : all.joined(separator: "<br>")
    }

    private static func escaped(_ text: String) -> String {
        var html = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": html += "&amp;"
            case "<": html += "&lt;"
            case ">": html += "&gt;"
            case "\n": html += "<br>"
            default: html.unicodeScalars.append(scalar)
            }
        }
        return html
    }

    private static func write(_ violation: PolicyViolation, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.write(violation.rule, for: "rule")
        writer.write(violation.construct, for: "construct")
        writer.write(violation.line, for: "lineNumber")
        writer.write(violation.column, for: "column")
        writer.write(violation.message, for: "message")
        writer.write(violation.hint, for: "hint")
        writer.endObject()
    }
}
