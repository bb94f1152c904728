import Foundation
import TestSupport
import Testing

/// What programs read of the service, held against what they are told about it, with other people's parsers.
@Suite struct InterfaceDocumentTests {
    private static let python = "/usr/bin/python3"
    private static let checks = "\(Programs.package)/Tests/EndToEnd/DocumentChecks"

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

    // MARK: Alerts and dashboard

    /// Where scripts/bootstrap.sh puts it.
    private static let promtool = "\(Programs.package)/.build/test-tools/promtool"

    /// Holds the alerts and the dashboard of `packaging` against a metrics page.
    private static func checkMonitoring(
        _ page: String,
        alerts: String = "\(Programs.package)/packaging/prometheus/alerts.yaml",
        promtool: [String] = []
    ) async throws -> Programs.Finished {
        let dashboard = "\(Programs.package)/packaging/grafana/terrarium.json"
        let arguments = ["\(Self.checks)/check_monitoring.py", alerts, dashboard] + promtool
        return try await Programs.run(Self.python, arguments, input: page)
    }

    /// A page with all metrics: those about n8n are there with the bridge, that of violations after one.
    private static func metricsPage() async throws -> String {
        let daemon = try await Daemon.start([
            "TERRARIUM_GRANT_TOKEN": "token", "TERRARIUM_TASK_BROKER_URI": "http://127.0.0.1:1",
        ])
        #expect(try await daemon.run("import os").json["outcome"] as? String == "policy_violation")
        var page = try await daemon.request("GET", "/metrics").text
        while !page.contains("outcome=\"policy_violation\"} 1\n") {
            page = try await daemon.request("GET", "/metrics").text
        }
        return page
    }

    @Test func alertsAndDashboardNameMetricsOfTheService() async throws {
        let page = try await Self.metricsPage()
        let checked = try await Self.checkMonitoring(page)
        #expect(checked.status == 0, "\(checked.output) \(checked.errors)")

        // The controls: a metric, a label and a value have other names in the service.
        for (name, other) in [
            ("terrarium_ready", "terrarium_prepared"), ("terrarium_http_connections", "terrarium_connections"),
            ("phase=", "stage="), ("queue_full", "queue_long"), ("layer=\"cgroup\"", "layer=\"group\""),
        ] {
            let checked = try await Self.checkMonitoring(page.replacing(name, with: other))
            #expect(checked.status == 1, "with \(other) for \(name): \(checked.output)")
        }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: Self.promtool)))
    func promtoolEvaluatesTheAlerts() async throws {
        let page = try await Self.metricsPage()
        let checked = try await Self.checkMonitoring(page, promtool: [Self.promtool])
        #expect(checked.status == 0, "\(checked.output) \(checked.errors)")

        // The control: an alert that does not fire when it has to.
        let alerts = try String(
            contentsOfFile: "\(Programs.package)/packaging/prometheus/alerts.yaml",
            encoding: .utf8
        )
        let spoilt = alerts.replacing("expr: terrarium_ready == 0", with: "expr: terrarium_ready == 2")
        #expect(spoilt != alerts)
        let folder = try ScratchFolder()
        let path = try folder.file("alerts.yaml", spoilt)
        let found = try await Self.checkMonitoring(page, alerts: path, promtool: [Self.promtool])
        #expect(found.status == 1)
        #expect(found.output.contains("TerrariumNotReady"), "\(found.output) \(found.errors)")
    }
}
