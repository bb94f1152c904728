import Foundation
import N8NTestBroker
import TestSupport
import Testing

/// `terrarium n8n check` with a task broker, a worker and n8n's launcher's file.
@Suite struct N8NCheckTests {
    private static let token = "token-of-the-check"

    private static func check(
        _ arguments: [String] = [],
        _ environment: [String: String]
    ) async throws -> (status: Int32, findings: [String: String], text: String) {
        let finished = try await Programs.run(
            Programs.terrarium,
            ["n8n", "check", "--json"] + arguments,
            environment: environment
        )
        let tree = try JSONSerialization.jsonObject(with: Data(finished.output.utf8)) as? [String: Any]
        var findings: [String: String] = [:]
        for row in tree?["findings"] as? [[String: String]] ?? [] {
            findings[row["topic"] ?? ""] = "\(row["status"] ?? ""): \(row["finding"] ?? "")"
        }
        #expect(tree?["ok"] as? Bool == (finished.status == 0))
        return (finished.status, findings, finished.output + finished.errors)
    }

    private func withBroker(_ body: (TestTaskBroker) async throws -> Void) async throws {
        var options = TestTaskBroker.Options()
        options.authToken = Self.token
        let broker = TestTaskBroker(options)
        try await broker.start()
        do {
            try await body(broker)
        } catch {
            await broker.stop()
            throw error
        }
        await broker.stop()
    }

    @Test func theTaskBrokerIsAskedAndAWorkerStarted() async throws {
        try await self.withBroker { broker in
            let environment = [
                "TERRARIUM_SOCKET": "none", "N8N_RUNNERS_TASK_BROKER_URI": broker.uri,
                "N8N_RUNNERS_AUTH_TOKEN": Self.token,
            ]
            let right = try await Self.check([], environment)
            #expect(right.status == 0, "\(right.text)")
            #expect(right.findings["task broker"] == "ok: \(broker.uri) accepts the auth token")
            #expect(right.findings["python"]?.hasPrefix("ok: 3.") == true, "\(right.text)")
            #expect(!right.text.contains(Self.token))
            let wrong = try await Self.check([], environment.merging(["N8N_RUNNERS_AUTH_TOKEN": "x"]) { $1 })
            #expect(wrong.status == 1)
            #expect(wrong.findings["task broker"] == "problem: \(broker.uri) refuses the auth token (HTTP 403)")
            let unset = try await Self.check([], environment.filter { $0.key != "N8N_RUNNERS_AUTH_TOKEN" })
            #expect(unset.status == 1)
            #expect(unset.findings["task broker"]?.hasPrefix("problem: no token") == true, "\(unset.text)")
        }
    }

    @Test(arguments: ["127.0.0.1", "localhost"])
    func aTaskBrokerThatDoesNotAnswerIsAProblem(host: String) async throws {
        let broker = TestTaskBroker()
        try await broker.start()
        let port = try #require(broker.uri.split(separator: ":").last)
        await broker.stop()
        let uri = "http://\(host):\(port)"
        let environment = ["N8N_RUNNERS_TASK_BROKER_URI": uri, "N8N_RUNNERS_AUTH_TOKEN": Self.token]
        let silent = try await Self.check([], environment)
        #expect(silent.status == 1)
        #expect(silent.findings["task broker"] == "problem: \(uri) does not answer: Connection refused")
    }

    @Test func withALauncherItsTokenIsTried() async throws {
        try await self.withBroker { broker in
            let folder = try ScratchFolder()
            let file = try folder.file(
                "launcher.json",
                #"{"task-runners":[{"runner-type":"javascript","command":"/usr/bin/node"},"#
                    + #"{"runner-type":"python","command":"/usr/bin/terrarium","args":["serve"]}]}"#
            )
            let environment = ["N8N_RUNNERS_TASK_BROKER_URI": broker.uri, "N8N_RUNNERS_AUTH_TOKEN": Self.token]
            let right = try await Self.check(["--launcher", file], environment)
            #expect(right.status == 0, "\(right.text)")
            #expect(right.findings["task broker"] == "ok: \(broker.uri) accepts the auth token")
            #expect(right.findings["launcher"] == "ok: starts /usr/bin/terrarium for python")
        }
    }

    @Test func aMistakeInTheSettingsIsAFinding() async throws {
        let mistaken = try await Self.check([], ["N8N_RUNNERS_TASK_TIMEOUT": "soon"])
        #expect(mistaken.status == 1)
        #expect(mistaken.findings["settings"]?.contains("N8N_RUNNERS_TASK_TIMEOUT") == true, "\(mistaken.text)")
    }
}
