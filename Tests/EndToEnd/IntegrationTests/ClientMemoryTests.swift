import Foundation
import Glibc
import TestSupport
import Testing

/// What the broker keeps for clients that send ahead and do not read.
@Suite(.timeLimit(.minutes(10))) struct ClientMemoryTests {
    private static let megabyte = 1 << 20
    private static let large = "return [{'blob': 'x' * (60 << 20)}]"

    /// The most memory that a process has ever had, in bytes (proc_pid_status(5)).
    private static func peakBytes(_ pid: pid_t) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(line.split(separator: " ").compactMap { Int($0) }.first) * 1024
    }

    /// Reads a response.
    ///
    /// - Returns: The length of its body; -1 when it was cut off.
    private static func readAll(_ connection: UnixHTTPConnection) async throws -> Int {
        try await offloaded {
            let length = try connection.receiveHead().headers["content-length"].flatMap { Int($0) } ?? -1
            var left = length
            while left > 0, case let count = connection.skip(min(left, self.megabyte)), count > 0 { left -= count }
            return left == 0 ? length : -1
        }
    }

    private static func endedTasks(_ daemon: Daemon) -> Int {
        daemon.log.split(separator: "\n").count { $0.contains("task ended") }
    }

    /// A task of another user, by curl. Needs root.
    private static func runAsOther(_ daemon: Daemon) async throws -> String {
        let curl = [
            "--reuid=60100", "--regid=60100", "--clear-groups", "curl", "--silent", "--max-time", "300",
            "--unix-socket",
            daemon.socketPath, "--data", #"{"code":"return [{'n': 7}]"}"#, "http://x/v1/run",
        ]
        return try await Programs.run("/usr/bin/setpriv", curl).output
    }

    @Test func answersThatNoClientReadsStayUnderTheBound() async throws {
        let daemon = try await Daemon.start([
            "TERRARIUM_MEMORY_PER_USER": "300M", "TERRARIUM_LOG_LIMIT": "64K", "TERRARIUM_MAX_PAYLOAD": "64M",
            "TERRARIUM_MAX_CONCURRENCY": "12", "TERRARIUM_WARM_WORKERS": "2", "TERRARIUM_SOCKET_MODE": "0666",
            "TERRARIUM_LOG_LEVEL": "info", "TERRARIUM_TASK_TIMEOUT": "600",
        ])
        chmod(daemon.folder.path, 0o755)
        _ = try await daemon.run("return []")
        let before = try Self.peakBytes(daemon.pid)
        let connections = try (0..<12).map { _ in try daemon.connect() }
        for connection in connections { try connection.send("POST", "/v1/run", body: Daemon.body(Self.large)) }
        // 64 MiB and the prints are reserved for each of these, so that four fit. The first task was small.
        let deadline = ContinuousClock.now + .seconds(400)
        while Self.endedTasks(daemon) < 5, .now < deadline {
            #expect(try await daemon.request("GET", "/healthz").status == 200)
            try await Task.sleep(for: .milliseconds(100))
        }
        if getuid() == 0 {
            let other = try await Self.runAsOther(daemon)
            #expect(other.contains(#"{"n":7}"#), "\(other)")
        }
        let grown = try Self.peakBytes(daemon.pid) - before
        #expect(grown < 300 * Self.megabyte, "\(grown >> 20) MiB")
        // The control: the answers of several tasks are there.
        #expect(grown > 150 * Self.megabyte, "\(grown >> 20) MiB")
        #expect(try await daemon.request("GET", "/v1/tasks").text.contains("\"state\":\"queued\""))
        // Every client gets the whole of its answer once it reads.
        try await withThrowingTaskGroup(of: Int.self) { group in
            for connection in connections { group.addTask { try await Self.readAll(connection) } }
            for try await length in group { #expect(length > 60 * Self.megabyte) }
        }
        #expect(try Self.peakBytes(daemon.pid) - before < 300 * Self.megabyte)
    }

    @Test func aClientThatReadsLessThanTheMinimumRateIsCutOff() async throws {
        let daemon = try await Daemon.start(["TERRARIUM_LOG_LEVEL": "info"])
        let slow = try daemon.connect()
        try slow.send("POST", "/v1/run", body: Daemon.body(Self.large))
        #expect(try await offloaded { try slow.receiveHead().status } == 200)
        // 400 KiB a minute, as progress that any timer for the absence of progress takes for life.
        let taken = try await offloaded {
            var taken = 0
            let deadline = ContinuousClock.now + .seconds(180)
            while .now < deadline {
                guard case let count = slow.skip(100 << 10), count > 0 else { break }
                taken += count
                // What is in the socket outlasts the connection.
                if !daemon.log.contains("reads too slowly") { sleep(15) }
            }
            return taken
        }
        #expect(taken < 3 << 20)
        #expect(daemon.log.contains("client reads too slowly"), "\(daemon.log)")
        // The control: a client that reads at once gets everything.
        let reply = try await daemon.run(Self.large)
        #expect(reply.body.count > 60 << 20)
    }

    @Test func requestsThatAreSentAheadCostTheirBytesAndNoMore() async throws {
        let daemon = try await Daemon.start([
            "TERRARIUM_MAX_CONCURRENCY": "1", "TERRARIUM_STDLIB_ALLOW": "time", "TERRARIUM_TASK_TIMEOUT": "600",
        ])
        let connections = try (0..<40).map { _ in try daemon.connect() }
        // One runs, and the others wait behind it.
        for connection in connections {
            try connection.send("POST", "/v1/run", body: Daemon.body("import time\ntime.sleep(590)\nreturn []"))
        }
        while try await daemon.request("GET", "/v1/tasks").text.components(separatedBy: "queued").count < 40 {}
        let before = ProcessTree.residentKilobytes(of: daemon.pid)
        let ahead = Array(String(repeating: "GET / HTTP/1.1\r\nhost: x\r\n\r\n", count: 16_000).utf8)
        let sent = connections.map { $0.sendWhatFits(ahead) }
        for _ in 0..<10 { #expect(try await daemon.request("GET", "/healthz").status == 200) }
        // The control: each has sent more than a little.
        #expect(sent.allSatisfy { $0 > 64 << 10 }, "\(sent)")
        let grown = (ProcessTree.residentKilobytes(of: daemon.pid) - before) / connections.count
        #expect(grown < 192, "\(grown) KiB a connection")
    }
}
