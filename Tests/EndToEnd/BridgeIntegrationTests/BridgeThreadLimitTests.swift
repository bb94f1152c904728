import Foundation
import Glibc
import N8NTestBroker
import TestSupport
import Testing

/// A daemon that can make no further thread. RLIMIT_NPROC does not bind root.
@Suite(.enabled(if: getuid() == 0), .timeLimit(.minutes(10))) struct BridgeThreadLimitTests {
    /// What waits for the end of a connection is async code, and the event loop that sees the end has to get it running.
    @Test func aLostConnectionStopsNoEventLoop() async throws {
        var options = TestTaskBroker.Options()
        options.authToken = BridgedDaemon.authToken
        let broker = TestTaskBroker(options)
        try await broker.start()
        let programs = try ProgramCopies()
        let daemon = try await Daemon.start(
            ["N8N_RUNNERS_TASK_BROKER_URI": broker.uri, "N8N_RUNNERS_AUTH_TOKEN": BridgedDaemon.authToken],
            user: 1_900_000_000 + UInt32(getpid()) * 8 + 6,
            programs: programs.folder.path
        )
        let bridged = BridgedDaemon(broker: broker, daemon: daemon)
        let connection = try await bridged.registered()
        // Connections are given to the loops in turn.
        let clients = try (0..<ProcessInfo.processInfo.activeProcessorCount * 2).map { _ in
            try daemon.connect()
        }
        func everyLoopAnswers() async throws {
            try await offloaded {
                for client in clients {
                    try client.send("GET", "/healthz")
                    #expect(try client.receive().status == 200)
                }
            }
        }
        try await everyLoopAnswers()
        try await ProcessTree.waitForSpareThreadsToEnd(daemon.pid)
        try await daemon.limit("--nproc=1:")
        try await everyLoopAnswers()

        connection.cut()
        while !daemon.log.contains("connection to the task broker lost") { try await everyLoopAnswers() }
        for _ in 0..<10 { try await everyLoopAnswers() }
        #expect(try await daemon.run("return []").status == 200)

        try await daemon.limit("--nproc=1000:")
        let second = try await bridged.registered()
        #expect(try await second.result("t1", "return 1") == "1")
        daemon.signal(SIGTERM)
        #expect(try await daemon.waitForExit() == 0)
        await broker.stop()
    }
}
