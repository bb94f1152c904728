import Foundation
import Glibc
import TestSupport
import Testing

/// The traces of requests at the real socket.
@Suite struct TraceTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let parent = "00f067aa0ba902b7"

    @Test func theTraceOfARequestIsInItsResponseTheLogAndTheAuditLines() async throws {
        let folder = try ScratchFolder()
        let audit = "\(folder.path)/audit"
        let daemon = try await TestSupport.Daemon.start([
            "TERRARIUM_LOG_FORMAT": "json", "TERRARIUM_LOG_LEVEL": "info", "TERRARIUM_AUDIT_LOG": audit,
        ])
        let header = "00-\(Self.trace)-\(Self.parent)-01"
        let body = TestSupport.Daemon.body("return []")
        let traced = try await daemon.request("POST", "/v1/run", headers: ["traceparent": header], body: body)
        let id = try #require(traced.headers["x-request-id"])
        #expect(traced.headers["traceparent"] == "00-\(Self.trace)-\(id.prefix(16))-01")
        // Controls: a request without a trace, and one with an invalid one.
        #expect(try await daemon.run("return []").headers["traceparent"] == nil)
        let invalid = try await daemon.request("GET", "/healthz", headers: ["traceparent": "00-x"])
        #expect(invalid.status == 200 && invalid.headers["traceparent"] == nil)
        let health = try await daemon.request("GET", "/healthz", headers: ["traceparent": header])
        #expect(health.headers["traceparent"]?.hasPrefix("00-\(Self.trace)-") == true)
        // The environment of the command has a trace, too.
        let run = try await Programs.run(
            Programs.terrarium,
            ["run", "-c", "return [{}]", "--label", "command"],
            environment: ["TERRARIUM_SOCKET": daemon.socketPath, "TRACEPARENT": header]
        )
        #expect(run.status == 0, "\(run.errors)")
        daemon.signal(SIGTERM)
        #expect(try await daemon.waitForExit() == 0)
        let log = try Self.lines(daemon.log).filter { $0["message"] as? String == "task ended" }
        #expect(log.count == 3)
        #expect(log.filter { $0["trace.id"] as? String == Self.trace }.count == 2)
        let logged = try #require(log.first { $0["task.id"] as? String == id })
        #expect(logged["trace.parent"] as? String == Self.parent)
        #expect(logged["trace.span"] as? String == String(id.prefix(16)))
        #expect(log.first { $0["label"] as? String == "command" }?["trace.id"] as? String == Self.trace)
        let lines = try Self.lines(String(contentsOfFile: audit, encoding: .utf8)).filter {
            $0["task.id"] as? String == id
        }
        #expect(lines.count == 2 && lines.allSatisfy { $0["trace.id"] as? String == Self.trace }, "\(lines)")
        #expect(lines.allSatisfy { $0["trace.span"] as? String == String(id.prefix(16)) }, "\(lines)")
    }

    private static func lines(_ text: String) throws -> [[String: Any]] {
        try text.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
        }
    }
}
