import Client
import Text

/// Formats the tasks of the history as text.
enum HistoryText {
    /// One line for a task: when it ended, its identifier, its run time, and how it ended.
    static func line(_ task: JSONTree, _ screen: Screen) -> String {
        let wall = task["usage"]?["wall_ms"]?.milliseconds ?? .zero
        let time = "\(DurationText.fixed(wall, in: .milliseconds, decimals: 1)) ms"
        let columns = [
            HumanText.clock(task["ended_at_ms"]?.integer ?? 0), StatusReport.short(task),
            String(repeating: " ", count: max(0, 11 - time.count)) + time, self.ending(task),
        ]
        return screen.text(columns.joined(separator: "  "))
    }

    /// The outcome of a task with its line and item, which is named by its index, its user and label, and the reason of a failure:
    /// `python_error at line 3, uid 1000 import: KeyError: 'x'`.
    static func ending(_ task: JSONTree) -> String {
        let error = task["error"]
        var text = task["outcome"]?.text ?? "-"
        if let line = error?["line"]?.integer { text += " at line \(line)" }
        if let item = error?["item_index"]?.integer { text += " for _items[\(item)]" }
        text += ", uid \(task["peer_uid"]?.integer ?? 0)"
        if let label = task["label"]?.text { text += " \(label)" }
        guard let message = error?["message"]?.text else { return text }
        let type = error?["type"]?.text.flatMap { message.hasPrefix($0) ? nil : "\($0): " } ?? ""
        return text + ": \(type)\(message)"
    }

    /// All that is known about one task, one value on each line.
    static func details(_ task: JSONTree, _ screen: Screen) -> String {
        let usage = task["usage"]
        func milliseconds(_ key: String) -> String? {
            usage?[key]?.milliseconds.map { "\(DurationText.fixed($0, in: .milliseconds, decimals: 1)) ms" }
        }
        let error = task["error"]
        let rows: [(String, String?)] = [
            ("id", task["id"]?.text), ("label", task["label"]?.text), ("outcome", task["outcome"]?.text),
            ("message", error?["message"]?.text), ("type", error?["type"]?.text),
            ("line", error?["line"]?.integer.map { "\($0)" }),
            ("item", error?["item_index"]?.integer.map { "_items[\($0)]" }),
            ("ended", task["ended_at_ms"]?.integer.map(HumanText.clock)),
            ("uid", task["peer_uid"]?.integer.map { "\($0)" }), ("mode", task["mode"]?.text),
            ("queued", milliseconds("queued_ms")), ("wall", milliseconds("wall_ms")), ("cpu", milliseconds("cpu_ms")),
            ("memory", usage?["max_rss_bytes"]?.integer.map(HumanText.memory)),
        ]
        return rows.compactMap { name, value in
            value.map { name + String(repeating: " ", count: 9 - name.count) + screen.text($0) + "\n" }
        }
        .joined()
    }
}
