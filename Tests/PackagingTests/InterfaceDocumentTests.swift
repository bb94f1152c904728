import Foundation
import TestSupport
import Testing

/// What programs read of the service, held against what they are told about it, with other people's parsers.
@Suite struct InterfaceDocumentTests {
    private static let python = "/usr/bin/python3"
    private static let checks = "\(Programs.package)/Tests/DocumentChecks"

    @Test func theOpenAPIDocumentSaysWhatTheServiceAnswers() async throws {
        let daemon = try await Daemon.start([
            "TERRARIUM_MAX_CONCURRENCY": "1", "TERRARIUM_QUEUE_LIMIT": "1", "TERRARIUM_MAX_PAYLOAD": "64K",
        ])
        let checked = try await Programs.run(
            Self.python,
            ["\(Self.checks)/check_openapi.py", daemon.socketPath, "\(Programs.package)/docs/openapi.yaml"]
        )
        #expect(checked.status == 0, "\(checked.output) \(checked.errors)")
    }

    @Test func aDocumentThatLeavesOutAnAnswerIsFoundOut() async throws {
        let folder = try ScratchFolder()
        let text = try String(contentsOfFile: "\(Programs.package)/docs/openapi.yaml", encoding: .utf8)
        let spoilt = text.replacing("max_rss_bytes: {$ref", with: "max_rss: {$ref")
        #expect(spoilt != text)
        let document = try folder.file("openapi.yaml", spoilt)
        let daemon = try await Daemon.start([
            "TERRARIUM_MAX_CONCURRENCY": "1", "TERRARIUM_QUEUE_LIMIT": "1", "TERRARIUM_MAX_PAYLOAD": "64K",
        ])
        let checked = try await Programs.run(
            Self.python,
            ["\(Self.checks)/check_openapi.py", daemon.socketPath, document]
        )
        #expect(checked.status == 1)
        #expect(checked.output.contains("max_rss_bytes"), "\(checked.output) \(checked.errors)")
    }

    @Test func prometheusParserReadsTheMetrics() async throws {
        let daemon = try await Daemon.start()
        #expect(try await daemon.run("return [{'n': 1}]").json["outcome"] as? String == "succeeded")
        #expect(try await daemon.run("import os").json["outcome"] as? String == "policy_violation")
        // A task's answer goes out before it is written down.
        var reply = try await daemon.request("GET", "/metrics")
        while !reply.text.contains("outcome=\"policy_violation\"} 1\n") {
            reply = try await daemon.request("GET", "/metrics")
        }
        #expect(reply.headers["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
        let script = "\(Self.checks)/check_metrics.py"
        let checked = try await Programs.run(Self.python, [script], input: reply.text)
        #expect(checked.status == 0, "\(checked.output) \(checked.errors)")

        // The control: a page with a mistake in it is not read.
        let spoilt = reply.text.replacing("# TYPE terrarium_ready gauge", with: "# TYPE terrarium_ready counter")
        #expect(try await Programs.run(Self.python, [script], input: spoilt).status == 1)
        // And one that leaves out what is promised.
        let poorer = reply.text.replacing("phase=\"encode\"", with: "phase=\"other\"")
        #expect(try await Programs.run(Self.python, [script], input: poorer).status == 1)
    }
}
