import Foundation
import Glibc
import N8NTestBroker
import TestSupport
import Testing

extension OneAtATime {
    /// Every hostile role at once, beside one honest client of another user.
    @Suite(.enabled(if: getuid() == 0, "clients of two users need root")) struct HostileRolesTests {
        private static let memoryPerUser = 192 << 20
        /// A daemon without tasks has about 30 MiB. Besides what users have there are the log, n8n's messages and the allocator's slack.
        private static let ownMemory = 128 << 20

        @Test func anHonestClientLosesNothingBesideEveryHostileRole() async throws {
            let soak = try await HostileSoak.start(memoryPerUser: Self.memoryPerUser)
            let seconds = SoakSettings.isLong ? 60 : SoakSettings.seconds * 2
            let quiet = try await soak.honestClient(seconds: max(3, seconds / 4))
            try #require(quiet.wrong.isEmpty && quiet.sent > 0, "\(quiet.wrong.prefix(3))")

            async let clients = soak.hostileClients(
                ["slow_reader", "pipeliner", "idle_api", "idle_health"],
                seconds: seconds
            )
            // Of a user of their own: slow readers would take all that one user may have.
            async let workers = soak.hostileClients(["chatty_worker"], seconds: seconds)
            async let broker = soak.hostileTaskBroker(seconds: seconds)
            async let peak = soak.peakResidentBytes(seconds: seconds)
            let honest = try await soak.honestClient(seconds: seconds)
            let hostile = try await clients.merging(workers, uniquingKeysWith: +)
            let messages = try await broker
            let resident = try await peak

            #expect(honest.wrong.isEmpty, "\(honest.wrong.count) of \(honest.sent): \(honest.wrong.prefix(3))")
            // Users of the memory account: the hostile ones, the honest one and the bridge.
            #expect(resident < Self.ownMemory + 4 * Self.memoryPerUser, "\(resident >> 20) MiB")
            // The bound of a machine that is not this test's alone says as much about its other work. A short run has some 200
            // tasks, so that its p99 is the second slowest of them, and that of the quiet run the slowest.
            let bound = SoakSettings.isLong ? 10 * max(quiet.p99, 0.002) : 100 * max(quiet.p99, 0.02)
            let latency = "p99 \(quiet.p99) s became \(honest.p99) s, \(honest.slowest)"
            #expect(honest.p99 < bound, "\(latency)")
            // Control: every role acted, and met its bound.
            for role in [
                "slow_reader.sent", "pipeliner.stopped", "chatty_worker.ended", "idle_health.closed", "idle_api.opened",
            ] {
                #expect(hostile[role, default: 0] > 0, "\(role): \(hostile)")
            }
            #expect(messages > 0)

            // Afterwards it is as well as ever, and holds no task.
            #expect(try await soak.daemon.run("return {'n': 1}").json["outcome"] as? String == "succeeded")
            #expect(soak.daemon.isRunning)
            print(
                "hostile roles: honest p50 \(quiet.p50) to \(honest.p50) s, p99 \(quiet.p99) to \(honest.p99) s, \(honest.sent)"
                    + " tasks, \(resident >> 20) MiB at most, \(messages) messages of the task broker, \(hostile)"
            )
        }
    }
}

/// A daemon near its limits with a standard error that is not read, a hostile task broker, and the clients.
private struct HostileSoak {
    /// What a client reports.
    struct Honest: Decodable {
        var sent: Int
        var wrong: [String]
        var latencies: [Double]
        /// What the service says of the task whose answer took longest.
        var slowest: String

        var p50: Double { self.percentile(0.5) }
        var p99: Double { self.percentile(0.99) }

        private func percentile(_ share: Double) -> Double {
            let sorted = self.latencies.sorted()
            guard !sorted.isEmpty else { return .infinity }
            return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
        }
    }

    private static let daemonUser: UInt32 = 1_910_000_001
    private static let honestUser: UInt32 = 1_910_000_002
    private static let readingUser: UInt32 = 1_910_000_003
    private static let printingUser: UInt32 = 1_910_000_004

    let daemon: Daemon
    private let broker: TestTaskBroker
    private let programs: ProgramCopies
    /// Copies of the clients, which their users may read wherever this package is.
    private let scripts: ScratchFolder
    /// Nothing reads from it.
    private let standardError: Pipe
    private let healthPort: Int

    static func start(memoryPerUser: Int) async throws -> HostileSoak {
        let programs = try ProgramCopies(of: SoakSettings.programs)
        let scripts = try ScratchFolder(mode: 0o755)
        for name in ["honest_client.py", "hostile_clients.py"] {
            try Programs.copy("\(Programs.package)/Tests/EndToEnd/SoakScripts/\(name)", to: "\(scripts.path)/\(name)")
        }
        let standardError = Pipe()
        var options = TestTaskBroker.Options()
        options.capacity = 8
        let broker = TestTaskBroker(options)
        try await broker.start()
        let healthPort = try Self.freePort()
        // Four users with two slots each: one that holds its own as long as it may takes none from the others.
        let daemon = try await Daemon.start(
            [
                "TERRARIUM_SOCKET_MODE": "0666", "TERRARIUM_STDLIB_ALLOW": "*", "TERRARIUM_MAX_CONCURRENCY": "8",
                "TERRARIUM_MAX_CONCURRENCY_PER_USER": "2", "TERRARIUM_MEMORY_PER_USER": "\(memoryPerUser)",
                "TERRARIUM_QUEUE_LIMIT": "32", "TERRARIUM_LOG_LEVEL": "debug",
                "N8N_RUNNERS_GRANT_TOKEN": "granted", "N8N_RUNNERS_TASK_BROKER_URI": broker.uri,
                "N8N_RUNNERS_HEALTH_CHECK_SERVER_ENABLED": "true",
                "N8N_RUNNERS_HEALTH_CHECK_SERVER_PORT": "\(healthPort)",
            ],
            user: Self.daemonUser,
            programs: programs.folder.path,
            openFiles: 400,
            processes: 100,
            standardError: standardError.fileHandleForWriting
        )
        return HostileSoak(
            daemon: daemon,
            broker: broker,
            programs: programs,
            scripts: scripts,
            standardError: standardError,
            healthPort: healthPort
        )
    }

    /// A port of loopback that was free a moment ago.
    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
            }
        }
        guard result == 0 else { throw UnixHTTPConnection.Failure(description: "bind: errno \(errno)") }
        return Int(in_port_t(bigEndian: address.sin_port))
    }

    private func python(_ user: UInt32, _ arguments: [String]) async throws -> Data {
        let finished = try await Programs.run(
            "/usr/bin/setpriv",
            ["--reuid=\(user)", "--regid=\(user)", "--clear-groups", "/usr/bin/python3"] + arguments
        )
        guard finished.status == 0 else { throw UnixHTTPConnection.Failure(description: finished.errors) }
        return Data(finished.output.utf8)
    }

    func honestClient(seconds: Int) async throws -> Honest {
        let script = "\(self.scripts.path)/honest_client.py"
        let report = try await self.python(Self.honestUser, [script, self.daemon.socketPath, "\(seconds)", "20"])
        return try JSONDecoder().decode(Honest.self, from: report)
    }

    func hostileClients(_ roles: [String], seconds: Int) async throws -> [String: Int] {
        let arguments = [
            "\(self.scripts.path)/hostile_clients.py", self.daemon.socketPath, "\(self.healthPort)", "\(seconds)",
        ]
        let user = roles == ["chatty_worker"] ? Self.printingUser : Self.readingUser
        return try JSONDecoder().decode([String: Int].self, from: await self.python(user, arguments + roles))
    }

    /// Sends what no task broker sends, and tasks that print without end, whose messages it does not read for a while.
    ///
    /// - Returns: How many messages.
    func hostileTaskBroker(seconds: Int) async throws -> Int {
        let end = ContinuousClock.now + .seconds(seconds)
        var sent = 0
        while ContinuousClock.now < end {
            // The bridge waits between attempts, so that the last one may not come within this time.
            guard let connection = try? await self.broker.connections.next("a connection", within: Int64(seconds)),
                (try? await connection.register()) != nil
            else { break }
            let keys = (0..<20_000).map { "\"k\($0)\":0" }.joined(separator: ",")
            while ContinuousClock.now < end, connection.isOpen {
                connection.send("{\"type\":\"broker:tasksettings\",\"taskId\":\"x\",\(keys)}")
                connection.send("no message")
                for number in 0..<500 {
                    connection.send(#"{"type":"broker:taskofferaccept","taskId":"t\#(number)","offerId":"made up"}"#)
                }
                sent += 502
                connection.pauseReading()
                try await Task.sleep(for: .milliseconds(200))
                connection.resumeReading()
                if case .offer(let offer, _)? = try? await connection.events.next(
                    "an offer",
                    within: 1,
                    where: \.isOffer
                ) {
                    connection.accept(offer, for: "print\(sent)")
                    connection.sendSettings("print\(sent)", code: "for _ in range(600_000): print()")
                }
            }
        }
        return sent
    }

    func peakResidentBytes(seconds: Int) async throws -> Int {
        let end = ContinuousClock.now + .seconds(seconds)
        var peak = 0
        while ContinuousClock.now < end {
            peak = max(peak, ProcessTree.residentKilobytes(of: self.daemon.pid) * 1024)
            try await Task.sleep(for: .milliseconds(100))
        }
        return peak
    }
}
