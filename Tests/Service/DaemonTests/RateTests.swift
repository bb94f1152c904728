import TestSupport
import Testing

/// `RATE_PER_USER` at the real socket.
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
}
