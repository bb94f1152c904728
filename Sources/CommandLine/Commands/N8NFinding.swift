import JSONBytes
import Text

/// One line of the report of `terrarium n8n check`.
struct N8NFinding: Equatable {
    enum Status: String {
        case ok
        /// Information that does not change the exit code.
        case note
        case problem
    }

    var topic: String
    var status: Status
    var finding: String
    /// What to change; nil when there is nothing to change.
    var remedy: String?

    static func ok(_ topic: String, _ finding: String) -> Self {
        Self(topic: topic, status: .ok, finding: finding)
    }

    static func note(_ topic: String, _ finding: String, _ remedy: String? = nil) -> Self {
        Self(topic: topic, status: .note, finding: finding, remedy: remedy)
    }

    static func problem(_ topic: String, _ finding: String, _ remedy: String? = nil) -> Self {
        Self(topic: topic, status: .problem, finding: finding, remedy: remedy)
    }

    static func table(_ findings: [N8NFinding], on screen: Screen) -> String {
        var table = TextTable(columns: [
            .init(title: "topic"), .init(title: "status"), .init(title: "finding", overflow: .wrapped),
        ])
        table.rows = findings.map { row in
            [row.topic, row.status.rawValue, row.finding + (row.remedy.map { "; \($0)" } ?? "")]
                .map { screen.text($0) }
        }
        return table.text(on: screen)
    }

    static func json(_ findings: [N8NFinding]) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("ok")
        writer.boolean(!findings.contains { $0.status == .problem })
        writer.key("findings")
        writer.beginArray()
        for row in findings {
            writer.beginObject()
            writer.write(row.topic, for: "topic")
            writer.write(row.status.rawValue, for: "status")
            writer.write(row.finding, for: "finding")
            writer.write(row.remedy, for: "remedy")
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }
}
