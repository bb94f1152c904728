import Foundation
import Glibc
import TestSupport
import Testing

/// What the pool makes of processes that end at the wrong moment, or never get that far.
@Suite struct PoolTroubleTests {
    /// Of a hundred frames each would be quoted with the whole of it.
    @Test func aLongLineOfCodeIsNotRepeatedForEveryFrameOfAStoppedTask() async throws {
        let daemon = try await Shared.daemon.value
        let text = String(repeating: "x", count: 200_000)
        let code = "s = '\(text)'; f = lambda n: f(n - 1) if n else sum(0 for _ in iter(int, 1)); f(90)"
        var reply = try await daemon.run(code, timeout: 2000)
        // A worker has 250 ms to say where it was. On a machine that stands still for longer, the next one may.
        for _ in 0..<9 where reply.error["traceback"] == nil { reply = try await daemon.run(code, timeout: 2000) }
        #expect(reply.outcome == "timed_out", "\(reply.text.prefix(500))")
        #expect(reply.error["line"] as? Int == 1)
        #expect((reply.error["traceback"] as? String)?.contains("line 1, in <lambda>") == true)
        #expect(reply.body.count < 100_000, "\(reply.body.count)")
    }

    /// The word of a worker's exit and the end of its stream come by two roads, and a task by a third.
    @Test func aTaskThatComesWhileTheOnlyWarmWorkerDiesHasItsOutcome() async throws {
        let daemon = try await Daemon.start(["TERRARIUM_WARM_WORKERS": "1"])
        try await offloaded {
            let connection = try daemon.connect()
            let forkServers = ProcessTree.children(of: daemon.pid)
            var killed = 0
            var rounds = 0
            // A round that finds no worker yet kills none.
            while rounds < 100 || killed <= 50 {
                rounds += 1
                for pid in forkServers.flatMap({ ProcessTree.children(of: $0) }) where kill(pid, SIGKILL) == 0 {
                    killed += 1
                }
                try connection.send("POST", "/v1/run", body: Daemon.body("return [{'n': 1}]"))
                let reply = try connection.receive()
                #expect(reply.outcome == "succeeded", "\(reply.text)")
            }
        }
    }
}
