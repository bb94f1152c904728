import JSONBytes
import TaskJSON
import Tasks

/// What a check found in one file.
struct CheckedFile: Sendable {
    var name: String
    /// The name of the workflow's node that has the code; nil when the file is not a workflow.
    var node: String?
    var code: String
    var report: CheckReport

    /// The findings of all files as one JSON document, in the format that docs/http-api.md describes.
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
            writer.writeMembers(of: file.report)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }
}
