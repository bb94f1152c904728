import Foundation
import Glibc
import TestSupport
import Testing

/// The audit lines of a real service.
@Suite struct AuditLogTests {
    private static func lines(_ text: String) throws -> [[String: Any]] {
        try text.split(separator: "\n").compactMap {
            try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
    }

    private static func text(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }

    @Test func everyTaskHasAStartAndAnEnd() async throws {
        let folder = try ScratchFolder()
        let path = "\(folder.path)/audit.jsonl"
        let daemon = try await Daemon.start(["TERRARIUM_AUDIT_LOG": path])
        let fine = Data(#"{"code":"return []","items":[{"a":1}],"label":"one"}"#.utf8)
        #expect(try await daemon.request("POST", "/v1/run", body: fine).status == 200)
        let refused = Data(#"{"code":"import os, sys"}"#.utf8)
        #expect(try await daemon.request("POST", "/v1/run", body: refused).status == 200)
        let info = try await daemon.request("GET", "/v1/info").json
        let revision = (info["policy"] as? [String: Any])?["revision"] as? String
        daemon.signal(SIGTERM)
        #expect(try await daemon.waitForExit() == 0)
        let lines = try Self.lines(Self.text(path))
        #expect(lines.map { $0["audit"] as? String } == ["start", "end", "start", "end"])
        let (start, end) = (lines[0], lines[1])
        #expect(start["task.id"] as? String == end["task.id"] as? String)
        #expect(start["label"] as? String == "one" && start["outcome"] == nil)
        #expect(start["peer"] as? Int == Int(geteuid()))
        // echo -n 'return []' | sha256sum, and the same of the items as they were sent
        #expect(start["code_sha256"] as? String == "1b8cd1c23f6620ef971d79ee4412790d2beb7710a38161186484331d13f78c91")
        #expect(start["items_sha256"] as? String == "b713f6d2a989e907c58516a7c8bb487792c8785ddbf367b80dc774bf33b85a85")
        #expect(start["items_bytes"] as? Int == 9)
        #expect(revision?.count == 12 && start["policy"] as? String == revision)
        #expect(end["outcome"] as? String == "succeeded" && end["wall_ms"] is Double)
        #expect(lines[3]["outcome"] as? String == "policy_violation")
        #expect(lines[3]["constructs"] as? String == "import os, import sys")
        // Neither code nor items.
        #expect(!Self.text(path).contains("return []"))
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func aTaskThatIsLostWithTheServiceHasAStart() async throws {
        let folder = try ScratchFolder()
        let path = "\(folder.path)/audit.jsonl"
        let daemon = try await Daemon.start(["TERRARIUM_AUDIT_LOG": path])
        try await offloaded {
            let connection = try daemon.connect()
            try connection.send(
                "POST",
                "/v1/run",
                headers: ["Accept": "application/x-ndjson"],
                body: Daemon.body("import time\nprint(1, flush=True)\ntime.sleep(60)")
            )
            #expect(try connection.receiveHead().status == 200)
            // The task's id, then its print: it runs.
            _ = try connection.receiveChunk()
            _ = try connection.receiveChunk()
            // Lines are written by a thread of their own.
            while Self.text(path).isEmpty { usleep(1000) }
            daemon.signal(SIGKILL)
            connection.hangUp()
        }
        _ = try await daemon.waitForExit()
        #expect(try Self.lines(Self.text(path)).map { $0["audit"] as? String } == ["start"])
    }

    /// Opening it in the usual way would wait for a reader for ever.
    @Test(.timeLimit(.minutes(10))) func aFIFOWithoutAReaderStopsTheStart() async throws {
        let folder = try ScratchFolder()
        let path = "\(folder.path)/fifo"
        try #require(mkfifo(path, 0o600) == 0)
        let daemon = try await Daemon.start(["TERRARIUM_AUDIT_LOG": path], waitsForReady: false)
        #expect(try await daemon.waitForExit() == 78)
        #expect(daemon.log.contains("cannot open TERRARIUM_AUDIT_LOG=\(path): it is a FIFO without a reader"))
    }

    /// Every write to /dev/full fails as on a full disk.
    @Test func linesThatCannotBeWrittenAreInTheMetrics() async throws {
        let daemon = try await Daemon.start(["TERRARIUM_AUDIT_LOG": "/dev/full"])
        #expect(try await daemon.run("return []").json["outcome"] as? String == "succeeded")
        // Lines are written by a thread of their own.
        while try await !daemon.request("GET", "/metrics").text.contains("\nterrarium_log_lines_dropped_total 2\n") {}
        // Control: the lines of the log were written.
        #expect(daemon.log.contains("task ended") && !daemon.log.contains("log lines dropped"))
    }

    @Test func aFileThatCannotBeOpenedStopsTheStart() async throws {
        let environment = ["TERRARIUM_AUDIT_LOG": "/nonexistent/audit.jsonl"]
        let daemon = try await Daemon.start(environment, waitsForReady: false)
        #expect(try await daemon.waitForExit() == 78)
    }
}
