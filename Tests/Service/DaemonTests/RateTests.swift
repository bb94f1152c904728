import TestSupport
import Testing

/// `RATE_PER_USER` and `MAX_CONCURRENCY_PER_USER` at the real socket.
@Suite struct RateTests {
    @Test func aUserOverItsRateIsToldWhenToTryAgainAndAReloadLiftsIt() async throws {
        let folder = try ScratchFolder()
        let file = try folder.file("runner.conf", "TERRARIUM_RATE_PER_USER=1\n")
        let daemon = try await TestSupport.Daemon.start(arguments: ["--config", file])
        // More than a minute may pass between two tasks on a slow machine: one of several is refused.
        var refused = try await daemon.run("return []")
        #expect(refused.status == 200)
        for _ in 0..<50 where refused.status == 200 { refused = try await daemon.run("return []") }
        #expect(refused.status == 429, "\(refused.text)")
        #expect(refused.json["type"] as? String == "urn:terrarium:problem:too-many-tasks")
        let seconds = try #require(refused.headers["retry-after"].flatMap { Int($0) })
        #expect((1...61).contains(seconds))
        _ = try folder.file("runner.conf", "")
        #expect(try await daemon.request("POST", "/v1/reload").status == 200)
        for _ in 0..<3 { #expect(try await daemon.run("return []").status == 200) }
    }

    @Test func aUserAtItsShareWaitsBesideAFreeSlotUntilAReloadRaisesIt() async throws {
        let folder = try ScratchFolder()
        let file = try folder.file("runner.conf", "TERRARIUM_MAX_CONCURRENCY_PER_USER=1\n")
        let daemon = try await TestSupport.Daemon.start(
            ["TERRARIUM_MAX_CONCURRENCY": "2"],
            arguments: ["--config", file]
        )
        let limits = try await daemon.request("GET", "/v1/info").json["limits"] as? [String: Any]
        #expect(limits?["max_concurrency"] as? Int == 2 && limits?["max_concurrency_per_user"] as? Int == 1)
        func submit() throws -> UnixHTTPConnection {
            let connection = try daemon.connect()
            try connection.send(
                "POST",
                "/v1/run",
                headers: ["Accept": "application/x-ndjson"],
                body: TestSupport.Daemon.body("print('runs', flush=True)\nwhile True: pass")
            )
            #expect(try connection.receiveHead().status == 200)
            return connection
        }
        func states() async throws -> [String] {
            let tasks = try await daemon.request("GET", "/v1/tasks").json["tasks"] as? [[String: Any]]
            return try #require(tasks).compactMap { $0["state"] as? String }.sorted()
        }
        let connections = try [submit(), submit()]
        while try await states().count < 2 {}
        #expect(try await states() == ["queued", "running"])
        _ = try folder.file("runner.conf", "TERRARIUM_MAX_CONCURRENCY_PER_USER=2\n")
        let reload = try await daemon.request("POST", "/v1/reload")
        #expect(reload.json["changed"] as? [String] == ["TERRARIUM_MAX_CONCURRENCY_PER_USER"], "\(reload.text)")
        #expect(try await states() == ["running", "running"])
        for connection in connections { connection.hangUp() }
    }
}
