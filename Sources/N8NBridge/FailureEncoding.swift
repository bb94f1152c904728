import JSONBytes
import Tasks

/// Failures as n8n shows them.
///
/// n8n prints `message` in bold, with `description` below it, and keeps everything else for whoever looks closer. So the
/// message says where it happened, as n8n does for JavaScript, and the description what to do about it.
enum FailureEncoding {
    /// Writes the value of `error`.
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

    /// What happened, and where.
    static func message(_ failure: TaskFailure) -> String {
        var places: [String] = []
        if let line = failure.line { places.append("line \(line)") }
        if let item = failure.itemIndex { places.append("for item \(item)") }
        guard !places.isEmpty else { return failure.message }
        return "\(failure.message) [\(places.joined(separator: ", "))]"
    }

    /// The line in question, what else is refused, and what to do.
    static func description(_ failure: TaskFailure) -> String? {
        var lines: [String] = []
        if let line = failure.line, let source = failure.sourceLine?.drop(while: { $0.isWhitespace }), !source.isEmpty {
            lines.append("Line \(line): \(source)")
        }
        if failure.violations.count > 1 {
            for violation in failure.violations {
                let hint = violation.hint.map { " \($0)" } ?? ""
                lines.append("Line \(violation.line): \(violation.message)\(hint)")
            }
        }
        if let hint = failure.hint ?? (failure.violations.count == 1 ? failure.violations.first?.hint : nil) {
            lines.append(hint)
        }
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }

    private static func write(_ violation: PolicyViolation, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("rule")
        writer.string(violation.rule)
        writer.key("construct")
        writer.string(violation.construct)
        writer.key("lineNumber")
        writer.integer(violation.line)
        writer.key("column")
        writer.integer(violation.column)
        writer.key("message")
        writer.string(violation.message)
        writer.write(violation.hint, for: "hint")
        writer.endObject()
    }
}
