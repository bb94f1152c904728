import Foundation
import Glibc
import TestSupport
import Testing

/// A real service whose log is a pipe, read or not.
@Suite struct LogDeliveryTests {
    /// Of 750 bytes a line: 750 KB, where pipe and queue hold 530 KB when no line is read.
    private static let tasks = 1000

    /// The most bytes that a label may have; each takes two in the log.
    private static let label = String(repeating: "\\\"", count: 256)

    private static func start(_ pipe: LogPipe) async throws -> TestSupport.Daemon {
        let daemon = try await TestSupport.Daemon.start(standardError: pipe.writing)
        try pipe.writing.close()
        return daemon
    }

    /// Whether a process ends although its log is not read. If not, the pipe is closed so that it does.
    private static func ends(_ pid: pid_t, _ pipe: LogPipe) async throws -> Bool {
        try await offloaded {
            if ProcessTree.allEnd([pid]) { return true }
            try pipe.reading.close()
            return false
        }
    }

    /// Runs tasks one after the other; the timeout is for a service that hangs.
    private static func runTasks(_ daemon: TestSupport.Daemon, _ count: Int = Self.tasks) async throws {
        try await offloaded {
            let connection = try daemon.connect()
            for _ in 0..<count {
                let body = Data(#"{"code": "return []", "items": [], "label": "\#(Self.label)"}"#.utf8)
                try connection.send("POST", "/v1/run", body: body)
                let reply = try connection.receive()
                guard reply.json["outcome"] as? String == "succeeded" else {
                    throw UnixHTTPConnection.Failure(description: "\(reply.status) \(reply.text)")
                }
            }
        }
    }

    private static func dropped(_ daemon: TestSupport.Daemon) async throws -> Int {
        let page = try await daemon.request("GET", "/metrics").text
        let sample = page.split(separator: "\n").first { $0.hasPrefix("terrarium_log_lines_dropped_total ") }
        return try #require(sample?.split(separator: " ").last.flatMap { Int($0) }, "\(page)")
    }

    /// What the notices in a log say together, and how many lines of tasks it has.
    private static func count(_ log: String) throws -> (notices: [Int], tasks: Int) {
        let lines = log.split(separator: "\n")
        let notices = try lines.filter { $0.contains(" warning log lines dropped: ") }.map { line in
            try #require(line.split(separator: "=").last.flatMap { Int($0) }, "\(line)")
        }
        return (notices, lines.count { $0.contains(" info task ended ") })
    }

    @Test func aLogThatIsNotReadStopsNoTaskAndSaysHowManyLinesAreMissing() async throws {
        let pipe = try LogPipe()
        let daemon = try await Self.start(pipe)
        // Lets a service that hangs end.
        defer {
            try? pipe.reading.close()
            withExtendedLifetime(daemon) {}
        }
        try await Self.runTasks(daemon)
        #expect(try await daemon.request("GET", "/healthz").status == 200)
        let dropped = try await Self.dropped(daemon)
        #expect(dropped > 0)

        var log = try await pipe.read(upTo: "log lines dropped")
        daemon.signal(SIGTERM)
        log += try await pipe.readToEnd()
        #expect(try await daemon.waitForExit() == 0)
        let (notices, tasks) = try Self.count(log)
        #expect(notices.count == 1)
        #expect(notices.reduce(0, +) >= dropped)
        #expect(notices.reduce(tasks, +) == Self.tasks)
        #expect(log.hasSuffix(" notice stopped\n"), "\(log.suffix(300))")
    }

    @Test func aLogThatIsReadHasALineForEachOfTheSameTasks() async throws {
        let pipe = try LogPipe()
        let daemon = try await Self.start(pipe)
        async let log = pipe.readToEnd()
        try await Self.runTasks(daemon)
        #expect(try await Self.dropped(daemon) == 0)
        daemon.signal(SIGTERM)
        #expect(try await daemon.waitForExit() == 0)
        let (notices, tasks) = try Self.count(try await log)
        #expect(notices.isEmpty)
        #expect(tasks == Self.tasks)
    }

    @Test func aServiceWhoseLogIsNotReadStopsWhenItIsTold() async throws {
        let pipe = try LogPipe()
        let daemon = try await Self.start(pipe)
        defer {
            try? pipe.reading.close()
            withExtendedLifetime(daemon) {}
        }
        // Seven of their lines are more than the pipe takes.
        try await Self.runTasks(daemon, 10)
        daemon.signal(SIGTERM)
        #expect(try await Self.ends(daemon.pid, pipe))
        #expect(try await daemon.waitForExit() == 0)
        #expect(!(try await pipe.readToEnd().contains("stopped")))
    }

    /// Both the plain line of a service that has no settings, and the log of one that has.
    @Test(arguments: [
        (["TERRARIUM_NONSENSE": "1"], 78, "TERRARIUM_NONSENSE"),
        (["TERRARIUM_SOCKET": "none"], 78, "leaves no way to submit tasks"),
        (["TERRARIUM_SOCKET": "/dev/null"], 1, "is not a socket"),
    ])
    func aStartThatFailsEndsThoughItsReasonCannotBeWritten(
        _ environment: [String: String],
        _ status: Int32,
        _ reason: String
    ) async throws {
        // With room the reason is there.
        let empty = try LogPipe()
        let told = try await TestSupport.Daemon.start(environment, waitsForReady: false, standardError: empty.writing)
        try empty.writing.close()
        #expect(try await told.waitForExit() == status)
        #expect(try await empty.readToEnd().contains(reason))

        let full = try LogPipe(filled: LogPipe.size)
        let untold = try await TestSupport.Daemon.start(environment, waitsForReady: false, standardError: full.writing)
        #expect(try await Self.ends(untold.pid, full))
        #expect(try await untold.waitForExit() == status)
        try full.writing.close()
        #expect(!(try await full.readToEnd().contains(reason)))
    }

    @Test func aCommandsOwnServiceDoesNotWaitForItsLog() async throws {
        let folder = try ScratchFolder()
        // There is room for the note of the command itself, and for no line of the log.
        let room = 150
        let pipe = try LogPipe(filled: LogPipe.size - room)
        let output = Pipe()
        let process = try ChildProcess(
            Programs.terrarium,
            ["run", "-c", "return {'answer': 42}"],
            environment: ["PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": folder.path, "TERRARIUM_LOG_LEVEL": "info"],
            output: output.fileHandleForWriting,
            errors: pipe.writing
        )
        try output.fileHandleForWriting.close()
        try pipe.writing.close()
        #expect(try await Self.ends(process.pid, pipe))
        let text = try await offloaded { output.fileHandleForReading.readDataToEndOfFile() }
        #expect(String(decoding: text, as: UTF8.self) == "[\n{\"json\":{\"answer\":42}}\n]\n")
        #expect(try await offloaded { process.wait() } == 0)
        let log = try await pipe.readToEnd().drop { $0 == "." }
        #expect(log.hasPrefix("note: no service is running"), "\(log)")
        #expect(!log.contains(" notice starting"))
    }
}
