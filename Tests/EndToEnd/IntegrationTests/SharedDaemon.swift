import Foundation
import TestSupport

/// One daemon with the default policy for all tests that need nothing special.
enum Shared {
    static let daemon = Task { try await Daemon.start() }

    /// One that lets tasks reach the operating system, so that they can misbehave.
    static let permissive = Task {
        try await Daemon.start([
            "TERRARIUM_STDLIB_ALLOW": "*",
            "TERRARIUM_TASK_TIMEOUT": "600",
        ])
    }
}

extension UnixHTTPConnection.Reply {
    var outcome: String { self.json["outcome"] as? String ?? "status \(self.status): \(self.text.prefix(300))" }
    var error: [String: Any] { self.json["error"] as? [String: Any] ?? [:] }
    var message: String { self.error["message"] as? String ?? "" }
    var usage: [String: Any] { self.json["usage"] as? [String: Any] ?? [:] }

    /// What the task printed, of one stream.
    func printed(_ stream: String = "stdout") -> String {
        let logs = self.json["logs"] as? [[String: Any]] ?? []
        return logs.filter { $0["stream"] as? String == stream }.compactMap { $0["text"] as? String }.joined()
    }

    /// The items as text, with sorted keys.
    var items: String {
        guard let items = self.json["items"],
            let data = try? JSONSerialization.data(
                withJSONObject: items,
                options: [.sortedKeys, .withoutEscapingSlashes]
            )
        else { return "none" }
        return String(decoding: data, as: UTF8.self)
    }
}
