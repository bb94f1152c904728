import Client
import Text

/// The report of `terrarium top`: the tasks, sorted by their share of processor time, largest first.
struct TopReport {
    /// The response of `GET /v1/info`.
    var info: JSONTree
    /// The elements of `GET /v1/tasks`.
    var tasks: [JSONTree]
    /// The tasks of the previous report, by identifier.
    var before: [String: JSONTree]

    func text(on screen: Screen) -> String {
        let load = self.info["load"]
        var lines = [
            "\(load?["running"]?.integer ?? 0) of \(self.info["limits"]?["max_concurrency"]?.integer ?? 0) slots in use,"
                + " \(load?["waiting"]?.integer ?? 0) wait"
        ]
        var table = TextTable(columns: [
            .init(title: "id"), .init(title: "uid", isRightAligned: true), .init(title: "state"),
            .init(title: "age", isRightAligned: true), .init(title: "cpu%", isRightAligned: true),
            .init(title: "cpu", isRightAligned: true), .init(title: "memory", isRightAligned: true),
            .init(title: "label"),
        ])
        let rows = self.tasks.map { (task: $0, share: self.share($0)) }
            .enumerated().sorted { one, other in
                let (first, second) = (one.element.share ?? -1, other.element.share ?? -1)
                return first != second ? first > second : one.offset < other.offset
            }
        table.rows = rows.map { Self.cells($0.element.task, $0.element.share).map { screen.text($0) } }
        // Four lines are not for rows: the counts, the heading, the rule below it, and the line of the cursor.
        let room = screen.height.map { max(1, $0 - 4) }
        let all = table.text.split(separator: "\n").map(String.init)
        lines.append(screen.style.bold(screen.cut(all[0])))
        lines.append(String(all[1].prefix(screen.width ?? Int.max)))
        lines += screen.rows(Array(all.dropFirst(2)), room: room).map { screen.cut($0) }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func cells(_ task: JSONTree, _ share: Double?) -> [String] {
        [
            StatusReport.short(task), task["peer_uid"]?.integer.map { "\($0)" } ?? "-", task["state"]?.text ?? "-",
            task["age_ms"]?.milliseconds.map(HumanText.time) ?? "-",
            share.map { "\(Int(($0 * 100).rounded()))" } ?? "-",
            task["cpu_ms"]?.milliseconds.map { "\(DurationText.fixed($0, in: .seconds, decimals: 2)) s" } ?? "-",
            task["rss_bytes"]?.integer.map(HumanText.memory) ?? "-", task["label"]?.text ?? "",
        ]
    }

    /// The processor time since the previous report, divided by the time since then; for a new task, both since it was
    /// accepted. nil when it is unknown.
    private func share(_ task: JSONTree) -> Double? {
        guard let cpu = task["cpu_ms"]?.double, let age = task["age_ms"]?.double else { return nil }
        let old = task["id"]?.text.flatMap { self.before[$0] }
        let used = cpu - (old?["cpu_ms"]?.double ?? 0)
        let time = age - (old?["age_ms"]?.double ?? 0)
        // A service may send numbers that are infinite as floating-point ones, whose quotient is not a number.
        guard time > 0, !(used / time).isNaN else { return nil }
        return min(max(used / time, 0), 1000)
    }
}
