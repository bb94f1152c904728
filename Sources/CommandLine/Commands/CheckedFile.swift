import JSONBytes
import Tasks

/// What a check found in one file.
struct CheckedFile: Sendable {
    var name: String
    /// The node of a workflow that the code is from.
    var node: String?
    var code: String
    var report: CheckReport

    /// The findings of all files as one JSON document, whose form docs/http-api.md describes.
    static func json(_ files: [CheckedFile]) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("files")
        writer.beginArray()
        for file in files {
            writer.beginObject()
            writer.key("file")
            writer.string(file.name)
            writer.write(file.node, for: "node")
            writer.key("violations")
            writer.beginArray()
            for violation in file.report.violations {
                writer.beginObject()
                writer.write(violation.rule, for: "rule")
                writer.write(violation.construct, for: "construct")
                writer.write(violation.line, for: "line")
                writer.write(violation.column, for: "column")
                writer.write(violation.message, for: "message")
                writer.write(violation.hint, for: "hint")
                writer.endObject()
            }
            writer.endArray()
            writer.key("hints")
            writer.beginArray()
            for hint in file.report.hints {
                writer.beginObject()
                writer.write(hint.line, for: "line")
                writer.write(hint.column, for: "column")
                writer.write(hint.construct, for: "construct")
                writer.write(hint.message, for: "message")
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }
}
