import Foundation
import TestSupport
import Testing

/// Workers that write frames of their own to their task socket.
@Suite(.serialized) struct HostileFrameTests {
    private static func start() async throws -> Daemon {
        // What a worker may send in all grows with the log limit; so does the text that is escaped before it is cut off, which
        // takes a debug build seconds.
        try await Daemon.start([
            "TERRARIUM_STDLIB_ALLOW": "*", "TERRARIUM_LOG_LIMIT": "4M", "TERRARIUM_TASK_TIMEOUT": "600",
        ])
    }

    // MARK: Usage

    /// Uses processor time, then sends a result with made-up figures.
    private static func forged(cpu seconds: Int, after work: Int) -> String {
        """
        import os, struct, time
        end = time.process_time() + \(work)
        while time.process_time() < end: pass
        payload = struct.pack('<5q', \(seconds) * 10**9, 0, 0, 0, 0) + b'[]'
        os.write(3, struct.pack('<IB3x', len(payload), 5) + payload)
        time.sleep(60)
        """
    }

    private static func processorSeconds(_ daemon: Daemon) async throws -> Double {
        let name = "terrarium_task_cpu_seconds_total "
        let page = try await daemon.request("GET", "/metrics").text
        let row = page.split(separator: "\n").first { $0.hasPrefix(name) }
        return row.flatMap { Double($0.dropFirst(name.count)) } ?? -1
    }

    @Test func metricsCountTheProcessorTimeThatAWorkerConceals() async throws {
        let daemon = try await Self.start()
        let before = try await Self.processorSeconds(daemon)
        let reply = try await daemon.run(Self.forged(cpu: 0, after: 2))
        #expect(reply.outcome == "succeeded", "\(reply.text)")
        #expect(reply.usage["cpu_ms"] as? Double == 0)
        // The exit of the worker is reported after the response.
        let deadline = Date().addingTimeInterval(600)
        var counted = 0.0
        while counted < 2, Date() < deadline {
            counted = try await Self.processorSeconds(daemon) - before
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(counted >= 2)
    }

    @Test func aWorkerCannotClaimMoreProcessorTimeThanThereWas() async throws {
        let daemon = try await Self.start()
        let before = try await Self.processorSeconds(daemon)
        let reply = try await daemon.run(Self.forged(cpu: 50, after: 0))
        #expect(reply.outcome == "succeeded", "\(reply.text)")
        let wall = try #require(reply.usage["wall_ms"] as? Double)
        let cpu = try #require(reply.usage["cpu_ms"] as? Double)
        // Rounding in the response aside.
        #expect(cpu <= wall * Double(ProcessInfo.processInfo.processorCount) + 1)
        #expect(try await Self.processorSeconds(daemon) - before < 50)
    }

    // MARK: Floods

    /// A daemon with five workers that send a frame again and again as fast as they can.
    private struct Flood {
        let daemon: Daemon
        private let connections: [UnixHTTPConnection]
        private var times: [Duration] = []

        init(of frames: String) async throws {
            let daemon = try await HostileFrameTests.start()
            // A write that a signal interrupts is continued: half a frame would end the worker.
            let code = """
                import os, struct
                frames = \(frames)
                while True:
                    rest = frames
                    while rest: rest = rest[os.write(3, rest):]
                """
            self.daemon = daemon
            self.connections = try (0..<5).map { _ in
                let connection = try daemon.connect()
                try connection.send("POST", "/v1/run", headers: [:], body: Daemon.body(code))
                return connection
            }
            while try await self.running() < 5 { try await Task.sleep(for: .milliseconds(20)) }
        }

        private func running() async throws -> Int {
            let page = try await self.daemon.request("GET", "/metrics").text
            try #require(page.contains("\nterrarium_tasks_total{outcome=\"worker_died\"} 0\n"), "\(page)")
            let name = "terrarium_tasks_running "
            let row = page.split(separator: "\n").first { $0.hasPrefix(name) }
            return row.flatMap { Int($0.dropFirst(name.count)) } ?? -1
        }

        /// Times a request that the broker answers by itself.
        mutating func measure() async throws {
            let start = ContinuousClock.now
            #expect(try await self.daemon.request("GET", "/healthz").status == 200)
            self.times.append(start.duration(to: .now))
        }

        /// The median time. Control: the flood went on all the while.
        func median() async throws -> Duration {
            #expect(try await self.running() == 5)
            self.daemon.signal(SIGKILL)
            return self.times.sorted()[self.times.count / 2]
        }
    }

    /// Both floods at once, and requests to either in turn: what else the machine does delays both alike.
    @Test func smallFramesDelayOtherRequestsLittleMoreThanLargeOnes() async throws {
        var small = try await Flood(of: "bytes([1, 0, 0, 0, 3, 0, 0, 0, 1]) * 7000")
        var large = try await Flood(of: "struct.pack('<IB3xB', 65537, 3, 1) + b'x' * 65536")
        for _ in 0..<51 {
            try await small.measure()
            try await large.measure()
        }
        let times = (small: try await small.median(), large: try await large.median())
        print("healthz median: \(times.small) with small frames, \(times.large) with large ones")
        #expect(times.small < times.large * 10, "\(times.small) with small frames, \(times.large) with large ones")
    }
}
