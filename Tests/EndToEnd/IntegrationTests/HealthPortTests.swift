import Foundation
import Glibc
import TestSupport
import Testing

/// The health port of a real daemon, whose descriptors it shares with the API and the workers.
@Suite(.serialized, .timeLimit(.minutes(10))) struct HealthPortTests {
    /// Connections that may wait for their request (`ListenerLimits.connections`).
    private static let slots = 32
    /// Slots and those that are being closed (`HealthCheckServer.maximumConnections`).
    private static let mostConnections = 40

    private static func start(openFiles: Int? = nil) async throws -> (daemon: TestSupport.Daemon, port: Int) {
        let environment = [
            "N8N_RUNNERS_HEALTH_CHECK_SERVER_ENABLED": "True", "N8N_RUNNERS_HEALTH_CHECK_SERVER_PORT": "0",
            "TERRARIUM_LOG_LEVEL": "notice",
        ]
        let daemon = try await TestSupport.Daemon.start(environment, openFiles: openFiles)
        let log = daemon.log
        let words = "Health check server listening on 127.0.0.1, port "
        let line = try #require(log.split(separator: "\n").first { $0.contains(words) }, "\(log)")
        let port = try #require(line.split(separator: "port=").last.flatMap { Int($0.prefix { $0.isNumber }) })
        return (daemon, port)
    }

    /// What curl gets from the health port.
    private static func health(_ port: Int) async throws -> String {
        let curl = ["--silent", "--max-time", "120", "http://127.0.0.1:\(port)/healthz"]
        return try await Programs.run("/usr/bin/curl", curl).output
    }

    private static func isAPIAlive(_ daemon: TestSupport.Daemon) throws -> Bool {
        let connection = try daemon.connect()
        try connection.send("GET", "/healthz")
        return try connection.receive().status == 200
    }

    @Test func thousandsOfIdleConnectionsTakeNoMoreThanTheSlots() async throws {
        let (daemon, port) = try await Self.start()
        try ProcessTree.settle(daemon.pid)
        let before = ProcessTree.descriptors(of: daemon.pid)
        let clients = IdleClients(port: port)
        try clients.open(2000)
        clients.drip()
        var most = 0
        for _ in 0..<20 {
            #expect(try await Self.health(port) == "OK", "\(daemon.log)")
            #expect(try await offloaded { try Self.isAPIAlive(daemon) })
            most = max(most, ProcessTree.descriptors(of: daemon.pid))
            clients.drip()
            try clients.reopen()
        }
        // Control: the slots were full.
        #expect(most >= before + 16, "\(most) of \(before)")
        // One more may be the API's.
        #expect(most <= before + Self.mostConnections + 1, "\(most) of \(before)")
        // Every byte is a sign of life, so that only a deadline for the whole request ends it.
        #expect(try await offloaded { try clients.dripUntilClosed(within: 120) })
        let lines = daemon.log.split(separator: "\n").filter { $0.contains("too many connections") }
        #expect((1...2).contains(lines.count), "\(lines)")
    }

    @Test func aFullHealthPortLeavesDescriptorsToTheAPI() async throws {
        let (daemon, port) = try await Self.start(openFiles: 200)
        let clients = IdleClients(port: port)
        for _ in 0..<5 {
            try clients.open(60)
            #expect(try await offloaded { clients.waitUntilOpen(atMost: Self.slots, within: 120) })
        }
        clients.drip()
        #expect(try await offloaded { try Self.isAPIAlive(daemon) })
        #expect(try await Self.health(port) == "OK")
        #expect(try await daemon.run("return 1").status == 200)
        #expect(ProcessTree.descriptors(of: daemon.pid) < 200)
        // Those that stay are idle until their deadline, and so is the daemon.
        let start = ContinuousClock.now
        let ticks = ProcessTree.processorTicks(of: daemon.pid)
        #expect(try await offloaded { try clients.dripUntilClosed(within: 120) })
        let elapsed = ContinuousClock.now - start
        #expect(elapsed >= .seconds(4), "closed before its deadline")
        let used = Duration.milliseconds(10 * (ProcessTree.processorTicks(of: daemon.pid) - ticks))
        #expect(used < elapsed / 4, "\(used) of \(elapsed)")
        #expect(try await offloaded { try Self.isAPIAlive(daemon) })
    }

    @Test func withoutDescriptorsLeftAcceptingIsTriedNowAndThen() async throws {
        let (daemon, port) = try await Self.start()
        let connection = try await offloaded {
            let connection = try daemon.connect()
            // An answer proves that it was accepted; in the backlog it would wait for a descriptor as long as the limit stands.
            try connection.send("GET", "/healthz")
            _ = try connection.receive()
            return connection
        }
        // Below every number that is in use: what is open stays, and nothing can be opened.
        let lower = try await Programs.run("/usr/bin/prlimit", ["--pid", "\(daemon.pid)", "--nofile=3:"])
        #expect(lower.status == 0, "\(lower.errors)")
        let clients = IdleClients(port: port)
        try clients.open(1)
        try await daemon.expectPacedAcceptFailures(of: "health", beside: connection)
        let raise = try await Programs.run("/usr/bin/prlimit", ["--pid", "\(daemon.pid)", "--nofile=1024:"])
        #expect(raise.status == 0, "\(raise.errors)")
        #expect(try await Self.health(port) == "OK")
    }
}
