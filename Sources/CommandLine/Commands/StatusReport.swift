import Client

/// The report of `terrarium status`, made of three responses of the service.
struct StatusReport {
    /// The response of `GET /v1/info`.
    var info: JSONTree
    /// The elements of `GET /v1/tasks`.
    var tasks: [JSONTree]
    /// The elements of `GET /v1/history?failed=true`, oldest first.
    var failures: [JSONTree]
    /// The current time, in milliseconds since 1970.
    var now: Int

    /// The largest number of failures that are requested.
    static let maximumFailures = 20

    /// The report as one JSON value.
    var json: JSONTree {
        .object([
            .init(key: "info", value: self.info), .init(key: "tasks", value: .array(self.tasks)),
            .init(key: "failures", value: .array(self.failures)),
        ])
    }

    /// The report as lines of text.
    func text(on screen: Screen) -> String {
        var lines = self.head(screen)
        // One line is for the cursor. Each of the two lists needs an empty line and a heading.
        let room = screen.height.map { max(4, $0 - 1 - lines.count - 4) }
        let running = self.tasks.map { self.row($0, screen) }
        let failed = self.failures.reversed().map { self.failure($0, screen) }
        let runningRoom = room.map { max($0 / 2, $0 - failed.count) }
        lines.append("")
        lines.append(screen.style.bold("tasks: \(running.isEmpty ? "none" : "\(running.count)")"))
        let shown = screen.rows(running, room: runningRoom)
        lines += shown.map { screen.cut($0) }
        lines.append("")
        lines.append(screen.style.bold("failed lately: \(failed.isEmpty ? "none" : "\(failed.count)")"))
        lines += screen.rows(failed, room: room.map { $0 - shown.count }).map { screen.cut($0) }
        return lines.map { $0 + "\n" }.joined()
    }

    // MARK: Head

    private func head(_ screen: Screen) -> [String] {
        let load = self.info["load"]
        let isReady = load?["ready"]?.flag == true
        let state = isReady ? screen.style.bold("ready") : screen.style.text("not ready", as: .error)
        let uptime = load?["uptime_ms"]?.milliseconds.map { ", up \(HumanText.time($0))" } ?? ""
        func line(_ title: String, _ text: String) -> String {
            screen.cut(title + String(repeating: " ", count: max(1, 10 - title.count)) + text)
        }
        var lines = ["terrarium \(self.text("version", screen)): \(state)\(uptime)"]
        lines.append(line("python", self.text("python_version", screen)))
        lines.append(line("policy", screen.text(self.info["policy"]?["revision"]?.text ?? "-")))
        lines.append(line("sandbox", self.sandbox(screen)))
        lines.append(line("load", self.load))
        lines.append(line("workers", self.workers))
        if let broker = load?["n8n"], broker != .null { lines.append(line("n8n", Self.text(of: broker))) }
        return lines
    }

    private func text(_ key: String, _ screen: Screen) -> String { screen.text(self.info[key]?.text ?? "-") }

    private func sandbox(_ screen: Screen) -> String {
        let layers = self.info["sandbox"]?["layers"]?.elements ?? []
        let off = layers.filter { $0["active"]?.flag != true }.compactMap { $0["name"]?.text }
        let mode = self.info["sandbox"]?["mode"]?.text ?? "-"
        let text = "\(mode), \(layers.count - off.count) of \(HumanText.count(layers.count, "layer")) on"
        return screen.text(text + (off.isEmpty ? "" : "; off: \(off.joined(separator: ", "))"))
    }

    private var load: String {
        let (load, limits) = (self.info["load"], self.info["limits"])
        func number(_ tree: JSONTree?, _ key: String) -> String { tree?[key]?.integer.map { "\($0)" } ?? "-" }
        return "\(number(load, "running")) of \(number(limits, "max_concurrency")) slots in use,"
            + " \(number(load, "waiting")) of \(number(limits, "queue_limit")) waiting"
    }

    private var workers: String {
        let pool = self.info["pool"]
        func number(_ key: String) -> Int { pool?[key]?.integer ?? 0 }
        return "\(number("warm_workers")) warm, \(number("starting_workers")) starting,"
            + " \(number("running_workers")) running; \(HumanText.count(number("fork_servers"), "fork server"))"
    }

    private static func text(of broker: JSONTree) -> String {
        guard broker["connected"]?.flag == true else { return "not connected" }
        let tasks = HumanText.count(broker["tasks"]?.integer ?? 0, "task")
        return broker["registered"]?.flag == true ? "registered, \(tasks)" : "connected, not registered"
    }

    // MARK: Rows

    private func row(_ task: JSONTree, _ screen: Screen) -> String {
        let age = task["age_ms"]?.milliseconds.map(HumanText.time) ?? "-"
        let label = task["label"]?.text.map { " \($0)" } ?? ""
        let text =
            "\(Self.short(task)) \(task["state"]?.text ?? "-") for \(age), uid \(task["peer_uid"]?.integer ?? 0)\(label)"
        return "  " + screen.text(text)
    }

    private func failure(_ task: JSONTree, _ screen: Screen) -> String {
        // Clamped, because a service may send any number.
        let endedAt = min(max(task["ended_at_ms"]?.integer ?? self.now, 0), self.now)
        let age = self.now - endedAt
        return "  "
            + screen.text("\(Self.short(task)) \(HumanText.time(.milliseconds(age))) ago: \(HistoryText.ending(task))")
    }

    /// The first digits of an identifier.
    static func short(_ task: JSONTree) -> String {
        String((task["id"]?.text ?? "-").prefix(8))
    }
}
