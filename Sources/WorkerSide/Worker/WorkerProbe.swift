import JSONBytes
import Sandbox

/// The containment probes of `terrarium doctor`, run by a worker in place of a task.
enum WorkerProbe {
    /// Runs every probe in this process.
    ///
    /// - Returns: One item for each probe, as the text of a JSON array.
    static func report() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        for verdict in ContainmentProbe.runAll() {
            writer.beginObject()
            writer.key("json")
            writer.beginObject()
            writer.key("name")
            writer.string(verdict.probe.name)
            writer.key("held")
            writer.boolean(verdict.isHeld)
            writer.key("detail")
            writer.string(verdict.detail)
            writer.endObject()
            writer.endObject()
        }
        writer.endArray()
        return writer.bytes
    }
}
