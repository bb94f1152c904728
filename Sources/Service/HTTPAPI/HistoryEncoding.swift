import JSONBytes
import Tasks

/// Encodes the tasks that have ended as the JSON of the API.
enum HistoryEncoding {
    /// The response of `/v1/history`.
    static func page(_ page: HistoryPage) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("tasks")
        writer.beginArray()
        for task in page.tasks { self.write(task, into: &writer) }
        writer.endArray()
        writer.key("last")
        writer.integer(page.last)
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }

    private static func write(_ task: EndedTask, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("number")
        writer.integer(task.number)
        writer.key("id")
        writer.string(task.id.description)
        writer.key("label")
        if let label = task.label { writer.string(label) } else { writer.null() }
        writer.key("mode")
        writer.string(task.mode.name)
        writer.key("peer_uid")
        writer.integer(task.peer.uid)
        writer.key("outcome")
        writer.string(task.outcome)
        writer.key("ended_at_ms")
        writer.integer(task.endedAt)
        writer.key("usage")
        OutcomeEncoding.write(task.usage, into: &writer)
        if let failure = task.failure {
            writer.key("error")
            writer.beginObject()
            writer.key("message")
            writer.string(failure.message)
            writer.write(failure.type, for: "type")
            writer.write(failure.line, for: "line")
            writer.write(failure.itemIndex, for: "item_index")
            writer.endObject()
        }
        writer.endObject()
    }
}
