import Foundation
import Glibc
import TestSupport
import Testing

/// The socket of the API under clients that take connections and descriptors. Clients of several users need root.
@Suite(.serialized, .enabled(if: getuid() == 0), .timeLimit(.minutes(10))) struct APIListenerTests {
    private static func start(openFiles: Int? = nil) async throws -> Daemon {
        let environment = ["TERRARIUM_SOCKET_MODE": "0666", "TERRARIUM_LOG_LEVEL": "info"]
        let daemon = try await Daemon.start(environment, openFiles: openFiles)
        chmod(daemon.folder.path, 0o755)
        return daemon
    }

    /// The most connections that the daemon says it accepts.
    private static func maximum(_ daemon: Daemon) throws -> Int {
        let log = daemon.log
        return try #require(
            log.split(separator: "connections.maximum=").dropFirst().first.flatMap { Int($0.prefix { $0.isNumber }) },
            "\(log)"
        )
    }

    private static func run(_ connection: UnixHTTPConnection, _ count: Int) async throws {
        for number in 0..<count {
            let reply = try await offloaded {
                try connection.send("POST", "/v1/run", body: Daemon.body("return [{'n': \(number)}]"))
                return try connection.receive()
            }
            #expect(reply.items == #"[{"json":{"n":\#(number)}}]"#, "\(reply.text)")
        }
    }

    @Test func thousandsOfIdleConnectionsOfOneUserLeaveTheAPIToTheOthers() async throws {
        let daemon = try await Self.start()
        let most = try Self.maximum(daemon)
        try ProcessTree.settle(daemon.pid)
        let before = ProcessTree.descriptors(of: daemon.pid)
        let idle = try await offloaded { try IdleUsers(3000, to: daemon.socketPath, as: 60_001) }
        // Half of the connections, and those that get a response which says so.
        #expect(ProcessTree.descriptors(of: daemon.pid) <= before + most / 2 + 64)
        // The control: the user has taken its share.
        #expect(ProcessTree.descriptors(of: daemon.pid) >= before + most / 2)
        let connection = try daemon.connect()
        try await Self.run(connection, 20)
        for _ in 0..<20 { #expect(try await daemon.request("GET", "/healthz").status == 200) }
        withExtendedLifetime(idle) {}
    }

    @Test func idleConnectionsOfManyUsersLeaveDescriptorsToTasksAndReloads() async throws {
        let daemon = try await Self.start(openFiles: 200)
        let most = try Self.maximum(daemon)
        let connection = try daemon.connect()
        try await Self.run(connection, 1)
        var idle = try await offloaded {
            try (0..<8).map { try IdleUsers(100, to: daemon.socketPath, as: 60_010 + $0) }
        }
        // The control: what may be open is open, beside the descriptors that the daemon had.
        #expect(ProcessTree.descriptors(of: daemon.pid) >= most)
        try await Self.run(connection, 50)
        daemon.signal(SIGHUP)
        try await Self.run(connection, 20)
        #expect(ProcessTree.descriptors(of: daemon.pid) < 200)
        #expect(daemon.log.contains("configuration reloaded"), "\(daemon.log)")
        #expect(!daemon.log.contains("Too many open files"), "\(daemon.log)")
        // A full listener accepts again once there is room.
        #expect(idle.count == 8)
        idle = []
        #expect(try await Self.waitUntilAccepted(daemon))
    }

    private static func waitUntilAccepted(_ daemon: Daemon) async throws -> Bool {
        for _ in 0..<6000 {
            if (try? await daemon.request("GET", "/healthz").status) == 200 { return true }
            try await Task.sleep(for: .milliseconds(50))
        }
        return false
    }

    @Test func withoutDescriptorsLeftAcceptingIsTriedNowAndThen() async throws {
        let daemon = try await Self.start()
        let connection = try await offloaded { try daemon.connect() }
        try await Self.run(connection, 1)
        // Below every number that is in use: what is open stays, and nothing can be opened.
        try await daemon.limit("--nofile=3:")
        let late = try await offloaded { try daemon.connect() }
        try await daemon.expectPacedAcceptFailures(of: "API", beside: connection)
        try await daemon.limit("--nofile=1024:")
        let reply = try await offloaded {
            try late.send("GET", "/healthz")
            return try late.receive()
        }
        #expect(reply.status == 200)
    }
}
