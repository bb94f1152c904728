import Foundation
import Glibc
import TestSupport
import Testing

/// The service around the tasks: streams, cancellation, ownership, the way down.
@Suite struct ServiceTests {
    /// A task that says when it runs and then waits.
    private static let waiting = "import time\nprint('running')\ntime.sleep(55)\nreturn []"

    private func stream(
        _ daemon: Daemon,
        _ code: String,
        items: String = "[]",
        mode: String = "all_items"
    ) throws
        -> EventStream
    {
        let connection = try daemon.connect()
        try connection.send(
            "POST",
            "/v1/run",
            headers: ["Accept": "application/x-ndjson"],
            body: Daemon.body(code, items: items, mode: mode)
        )
        return EventStream(connection)
    }

    @Test func eventsComeAsTheyHappen() async throws {
        let daemon = try await Shared.daemon.value
        try await offloaded {
            let stream = try self.stream(daemon, Self.waiting)
            let accepted = try stream.next()
            #expect(accepted["event"] as? String == "accepted")
            let id = try #require(accepted["id"] as? String)
            let log = try stream.next()
            #expect(log["text"] as? String == "running\n")
            // The task still runs: the print came before its end.
            let canceller = try daemon.connect()
            try canceller.send("DELETE", "/v1/tasks/\(id)")
            #expect(try canceller.receive().status == 202)
            let result = try stream.next()
            #expect(result["event"] as? String == "result")
            #expect(result["outcome"] as? String == "cancelled")
            #expect(try stream.isAtEnd())
        }
    }

    @Test func aTaskIsListedWhileItRunsAndGoneAfterwards() async throws {
        let daemon = try await Daemon.start()
        try await offloaded {
            let stream = try self.stream(daemon, Self.waiting)
            let id = try stream.next()["id"] as? String
            _ = try stream.next()
            let lister = try daemon.connect()
            try lister.send("GET", "/v1/tasks")
            let tasks = try lister.receive().json["tasks"] as? [[String: Any]] ?? []
            #expect(tasks.map { $0["id"] as? String } == [id])
            #expect(tasks.first?["state"] as? String == "running")
            #expect(tasks.first?["peer_uid"] as? Int == Int(getuid()))
            try lister.send("DELETE", "/v1/tasks/\(id ?? "")")
            _ = try lister.receive()
            _ = try stream.next()
            try lister.send("GET", "/v1/tasks")
            #expect((try lister.receive().json["tasks"] as? [Any])?.isEmpty == true)
            try lister.send("DELETE", "/v1/tasks/\(id ?? "")")
            #expect(try lister.receive().status == 404)
        }
    }

    @Test func aClientThatGoesAwayCancelsItsTask() async throws {
        let daemon = try await Daemon.start(["TERRARIUM_MAX_CONCURRENCY": "1", "TERRARIUM_TASK_TIMEOUT": "600"])
        try await offloaded {
            let stream = try self.stream(daemon, "import time\nprint('running')\ntime.sleep(600)\nreturn []")
            _ = try stream.next()
            _ = try stream.next()
            stream.connection.hangUp()
            // The only slot is free again before the task would have ended by itself: the wait for a response is shorter.
            let connection = try daemon.connect()
            try connection.send("POST", "/v1/run", body: Daemon.body("return []"))
            #expect(try connection.receive().outcome == "succeeded")
        }
    }

    @Test func moreTasksThanSlotsAllGetTheirOutcomeAndMoreThanTheQueueAreTurnedAway() async throws {
        let daemon = try await Daemon.start(["TERRARIUM_MAX_CONCURRENCY": "2", "TERRARIUM_QUEUE_LIMIT": "4"])
        try await offloaded {
            // Two run, and as many wait as may.
            let running = try (0..<2).map { _ in try self.stream(daemon, Self.waiting) }
            let ids = try running.map { stream in
                let id = try stream.next()["id"] as? String ?? ""
                #expect(try stream.next()["text"] as? String == "running\n")
                return id
            }
            let waiting = try (0..<4).map { _ in try self.stream(daemon, "return []") }
            for stream in waiting { #expect(try stream.next()["event"] as? String == "accepted") }
            let other = try daemon.connect()
            try other.send("POST", "/v1/run", body: Daemon.body("return []"))
            let rejected = try other.receive()
            #expect(rejected.status == 429)
            #expect(rejected.headers["retry-after"] != nil)
            for id in ids {
                try other.send("DELETE", "/v1/tasks/\(id)")
                #expect(try other.receive().status == 202)
            }
            for stream in running { #expect(try stream.next()["outcome"] as? String == "cancelled") }
            for stream in waiting { #expect(try stream.next()["outcome"] as? String == "succeeded") }
        }
    }

    @Test func terminationLetsRunningTasksFinishAndTurnsNewOnesAway() async throws {
        let daemon = try await Daemon.start([
            "TERRARIUM_STDLIB_ALLOW": "*", "TERRARIUM_TASK_TIMEOUT": "600",
            "TERRARIUM_GRACEFUL_SHUTDOWN_TIMEOUT": "600",
        ])
        try await offloaded {
            let late = try daemon.connect()
            try late.send("GET", "/readyz")
            #expect(try late.receive().status == 200)
            let task = try HeldTask(of: daemon)
            daemon.signal(SIGTERM)
            // The signal takes its time, and the word that the service is not ready comes a moment before tasks are refused.
            func askUntilUnavailable(_ method: String, _ path: String, body: Data? = nil) throws -> Int {
                var status = 200
                while status == 200 {
                    try late.send(method, path, body: body)
                    status = try late.receive().status
                }
                return status
            }
            #expect(try askUntilUnavailable("GET", "/readyz") == 503)
            #expect(try askUntilUnavailable("POST", "/v1/run", body: Daemon.body("return []")) == 503)
            try task.release()
            #expect(try task.stream.next()["outcome"] as? String == "succeeded")
        }
        #expect(try await daemon.waitForExit() == 0)
        #expect(!FileManager.default.fileExists(atPath: daemon.socketPath))
    }

    @Test func tasksThatOutlastTheGraceAreCancelledWithTheirOutcomeDelivered() async throws {
        let daemon = try await Daemon.start(["TERRARIUM_GRACEFUL_SHUTDOWN_TIMEOUT": "1"])
        let outcome = try await offloaded {
            let stream = try self.stream(daemon, Self.waiting)
            _ = try stream.next()
            _ = try stream.next()
            daemon.signal(SIGTERM)
            return try stream.next()["outcome"] as? String
        }
        #expect(outcome == "cancelled")
        #expect(try await daemon.waitForExit() == 0)
    }

    @Test func aSecondDaemonOnASocketInUseRefusesToStart() async throws {
        let daemon = try await Daemon.start()
        let second = try await Programs.run(
            Programs.terrarium,
            ["serve"],
            environment: ["TERRARIUM_SOCKET": daemon.socketPath]
        )
        #expect(second.status != 0)
        #expect(second.errors.contains("\(daemon.pid)"), "\(second.errors)")
        #expect(try await daemon.request("GET", "/healthz").status == 200)
    }

    @Test func theSocketOfADeadDaemonIsReplaced() async throws {
        let folder = try ScratchFolder()
        let path = "\(folder.path)/s"
        let first = try await Daemon.start(["TERRARIUM_SOCKET": path])
        first.signal(SIGKILL)
        _ = try await first.waitForExit()
        #expect(FileManager.default.fileExists(atPath: path))
        let second = try await Daemon.start(["TERRARIUM_SOCKET": path])
        #expect(try await second.run("return []").outcome == "succeeded")
    }

    @Test func aKilledForkServerIsReplacedAndItsTaskHasAnOutcome() async throws {
        let daemon = try await Daemon.start()
        let outcome = try await offloaded {
            let stream = try self.stream(daemon, Self.waiting)
            _ = try stream.next()
            _ = try stream.next()
            for pid in ProcessTree.children(of: daemon.pid) { kill(pid, SIGKILL) }
            let result = try stream.next()
            return result["outcome"] as? String
        }
        #expect(outcome == "worker_died")
        #expect(try await daemon.run("return []").outcome == "succeeded")
    }

    @Test func aWorkerThatDiesBeforeItsTaskBeginsIsReplacedAndNobodyNotices() async throws {
        let daemon = try await Daemon.start(["TERRARIUM_MAX_CONCURRENCY": "1", "TERRARIUM_WARM_WORKERS": "1"])
        try await offloaded {
            // The worker that readiness was proven with has to be gone, and its replacement to be there.
            let lister = try daemon.connect()
            let settled = [#"terrarium_workers{state="warm"} 1"#, #"{state="starting"} 0"#, #"{state="running"} 0"#]
            var page = ""
            for _ in 0..<10_000 where !settled.allSatisfy({ page.contains($0) }) {
                try lister.send("GET", "/metrics")
                page = String(decoding: try lister.receive().body, as: UTF8.self)
            }
            let warm = ProcessTree.children(of: daemon.pid).flatMap { ProcessTree.descendants(of: $0) }
            #expect(!warm.isEmpty)
            // It is given the task and cannot begin it.
            for pid in warm { kill(pid, SIGSTOP) }
            let stream = try self.stream(daemon, "print('begun')\nreturn [{'n': 1}]")
            #expect(try stream.next()["event"] as? String == "accepted")
            var state: String?
            for _ in 0..<10_000 where state != "running" {
                try lister.send("GET", "/v1/tasks")
                state = (try lister.receive().json["tasks"] as? [[String: Any]])?.first?["state"] as? String
            }
            for pid in warm { #expect(kill(pid, SIGKILL) == 0) }
            let log = try stream.next()
            #expect(log["text"] as? String == "begun\n", "\(log)")
            let result = try stream.next()
            #expect(result["outcome"] as? String == "succeeded", "\(result)")
            #expect(try stream.isAtEnd())
        }
    }

    @Test func aDaemonKilledHardLeavesNoProcessBehind() async throws {
        let folder = try ScratchFolder()
        let socket = ["TERRARIUM_SOCKET": "\(folder.path)/s"]
        let daemon = try await Daemon.start(socket)
        try await offloaded {
            let stream = try self.stream(daemon, Self.waiting)
            _ = try stream.next()
            _ = try stream.next()
            let family = ProcessTree.descendants(of: daemon.pid)
            #expect(family.count >= 2, "no fork server and worker were seen")
            daemon.signal(SIGKILL)
            #expect(ProcessTree.allEnd(family))
        }
        // Nor anything in the way of the next one.
        let next = try await Daemon.start(socket)
        #expect(try await next.run("return []").outcome == "succeeded")
    }

    @Test(.enabled(if: getuid() == 0)) func anOrdinaryUserRunsItAllTheSame() async throws {
        let programs = try ProgramCopies()
        let daemon = try await Daemon.start(user: 12345, programs: programs.folder.path)
        let reply = try await daemon.run("return [{'n': len(_items)}]", items: "[{},{}]")
        #expect(reply.items == #"[{"json":{"n":2}}]"#)
    }

    @Test func aThousandTasksLeaveNothingBehind() async throws {
        let daemon = try await Daemon.start()
        try await offloaded {
            let connection = try daemon.connect()
            func runTasks(_ count: Int) throws {
                for index in 0..<count {
                    try connection.send(
                        "POST",
                        "/v1/run",
                        body: Daemon.body("return _items", items: "[{\"n\":\(index)}]")
                    )
                    let reply = try connection.receive()
                    #expect(reply.items == "[{\"json\":{\"n\":\(index)},\"pairedItem\":{\"item\":0}}]", "\(reply.text)")
                }
            }
            try runTasks(200)
            try ProcessTree.settle(daemon.pid)
            let before = (ProcessTree.descriptors(of: daemon.pid), ProcessTree.residentKilobytes(of: daemon.pid))
            try runTasks(1000)
            try ProcessTree.settle(daemon.pid)
            let after = (ProcessTree.descriptors(of: daemon.pid), ProcessTree.residentKilobytes(of: daemon.pid))
            #expect(after.0 <= before.0 + 1)
            #expect(after.1 < before.1 + 8192, "resident memory grew from \(before.1) to \(after.1) kB")
        }
    }
}

/// The lines of a streamed run.
final class EventStream: @unchecked Sendable {
    let connection: UnixHTTPConnection
    private var pending: [UInt8] = []
    private var hasHead = false

    init(_ connection: UnixHTTPConnection) {
        self.connection = connection
    }

    func next() throws -> [String: Any] {
        if !self.hasHead {
            let head = try self.connection.receiveHead()
            guard head.status == 200 else { throw UnixHTTPConnection.Failure(description: "status \(head.status)") }
            self.hasHead = true
        }
        while true {
            if let end = self.pending.firstIndex(of: 0x0A) {
                let line = Data(self.pending[..<end])
                self.pending.removeSubrange(...end)
                return try JSONSerialization.jsonObject(with: line) as? [String: Any] ?? [:]
            }
            guard let chunk = try self.connection.receiveChunk() else {
                throw UnixHTTPConnection.Failure(description: "the stream ended")
            }
            self.pending += chunk
        }
    }

    func isAtEnd() throws -> Bool {
        try self.pending.isEmpty && self.connection.receiveChunk() == nil
    }
}
