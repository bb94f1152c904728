import Foundation
import N8NTestBroker
import TestSupport
import Testing

/// A real daemon that gets its tasks from a strict task broker.
struct BridgedDaemon {
    /// A secret that must not appear in any output.
    static let authToken = "auth-token-of-the-integration-tests"

    let broker: TestTaskBroker
    let daemon: Daemon

    /// Starts both, runs `body`, stops both, and checks that the task broker saw no violation.
    ///
    /// - Parameters:
    ///   - environment: Variables of the daemon, besides those that point it at the broker; without a token among them
    ///     it gets the auth token.
    ///   - capacity: Tasks at once.
    ///   - arguments: What `serve` is told besides.
    ///   - body: What to do with them.
    /// - Throws: What `body` throws, or why the daemon did not start.
    static func run(
        _ environment: [String: String] = [:],
        capacity: Int = 5,
        arguments: [String] = [],
        _ body: (BridgedDaemon) async throws -> Void
    ) async throws {
        var options = TestTaskBroker.Options()
        options.capacity = capacity
        options.authToken = Self.authToken
        if let token = environment["N8N_RUNNERS_GRANT_TOKEN"] { options.grantTokens = [token] }
        let broker = TestTaskBroker(options)
        try await broker.start()
        var variables = [
            "N8N_RUNNERS_TASK_BROKER_URI": broker.uri,
            "N8N_RUNNERS_MAX_CONCURRENCY": "\(capacity)",
        ]
        if environment["N8N_RUNNERS_GRANT_TOKEN"] == nil { variables["N8N_RUNNERS_AUTH_TOKEN"] = Self.authToken }
        variables.merge(environment) { _, own in own }
        let daemon = try await Daemon.start(variables, arguments: arguments)
        do {
            try await body(BridgedDaemon(broker: broker, daemon: daemon))
        } catch {
            Issue.record("the daemon's log: \(daemon.log)")
            await broker.stop()
            daemon.signal(SIGTERM)
            _ = try await daemon.waitForExit()
            throw error
        }
        // First, or the daemon would serve until the end of its grace.
        await broker.stop()
        daemon.signal(SIGTERM)
        _ = try await daemon.waitForExit()
        #expect(broker.violations == [])
        #expect(!daemon.log.contains(Self.authToken))
        #expect(!daemon.log.contains("granted-"))
    }

    /// The next connection, registered.
    func registered() async throws -> TaskBrokerConnection {
        let connection = try await self.broker.connections.next("a connection")
        try await connection.register()
        return connection
    }

    /// The daemon's list of tasks, as soon as it is as a test wants it.
    func tasks(where isRight: ([(id: String, state: String)]) -> Bool) async throws -> [(id: String, state: String)] {
        while true {
            let reply = try await self.daemon.request("GET", "/v1/tasks")
            let tasks = (reply.json["tasks"] as? [[String: Any]] ?? []).map { task in
                (id: task["id"] as? String ?? "", state: task["state"] as? String ?? "")
            }
            if isRight(tasks) { return tasks }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

extension TaskBrokerConnection {
    /// Runs a task and returns its result as text with sorted keys, or its error's message.
    func result(
        _ taskID: String,
        _ code: String,
        items: String = "[]",
        each: Bool = false,
        continueOnFail: Bool = false,
        more: String = ""
    ) async throws -> String {
        try await self.begin(taskID)
        self.sendSettings(
            taskID,
            code: code,
            items: items,
            mode: each ? "runOnceForEachItem" : "runOnceForAllItems",
            continueOnFail: continueOnFail,
            more: more
        )
        switch try await self.end(of: taskID) {
        case .done(_, let result):
            let value = try JSONSerialization.jsonObject(with: Data(result), options: [.fragmentsAllowed])
            let data = try JSONSerialization.data(
                withJSONObject: value,
                options: [.sortedKeys, .fragmentsAllowed, .withoutEscapingSlashes]
            )
            return String(decoding: data, as: UTF8.self)
        case .error(_, let message, _):
            return "error: \(message)"
        case let other:
            return "\(other)"
        }
    }
}
