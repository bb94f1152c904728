import Foundation
import Glibc
import TestSupport
import Testing

/// A machine that has no thread, process or descriptor left for the broker. RLIMIT_NPROC does not bind root.
@Suite(.serialized, .enabled(if: getuid() == 0), .timeLimit(.minutes(10))) struct ThreadLimitTests {
    /// A user that has no process beside the daemon's.
    private static func unusedUser(_ number: UInt32) -> UInt32 { 1_900_000_000 + UInt32(getpid()) * 8 + number }

    private static func start(
        _ user: UInt32,
        _ environment: [String: String] = [:],
        programs: ProgramCopies,
        arguments: [String] = [],
        processes: Int? = nil,
        waitsForReady: Bool = true
    ) async throws -> Daemon {
        try await Daemon.start(
            environment,
            user: user,
            programs: programs.folder.path,
            arguments: arguments,
            processes: processes,
            waitsForReady: waitsForReady
        )
    }

    /// Runs a task again and again, which also gives the daemon its time, until `isDone` says so or ten minutes are over.
    private static func wait(_ daemon: Daemon, running code: String, until isDone: (String) -> Bool) async throws {
        let deadline = Date().addingTimeInterval(600)
        var outcome = ""
        while Date() < deadline {
            outcome = try await daemon.run(code).outcome
            if isDone(outcome) { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("the last outcome was \(outcome)\n\(daemon.log)")
    }

    @Test func aReloadWithoutAThreadToBeHadIsMadeUpForWhenThereIsOne() async throws {
        let programs = try ProgramCopies()
        let folder = try ScratchFolder(mode: 0o755)
        let file = try folder.file("runner.conf", "TERRARIUM_STDLIB_ALLOW=time\n")
        let arguments = ["--config", file]
        let daemon = try await Self.start(Self.unusedUser(0), programs: programs, arguments: arguments)
        let importCSV = "import csv\nreturn []"
        // Control: what the reload is to allow is refused.
        #expect(try await daemon.run(importCSV).outcome == "policy_violation")
        let running = try await offloaded {
            let connection = try daemon.connect()
            let body = Daemon.body("import time\nprint('runs')\ntime.sleep(3)\nreturn {'n': 1}")
            try connection.send("POST", "/v1/run", headers: ["Accept": "application/x-ndjson"], body: body)
            #expect(try connection.receiveHead().status == 200)
            try connection.receiveEvents(until: "\"log\"")
            return connection
        }

        // More threads and processes than that are there already.
        try await daemon.limit("--nproc=1:")
        _ = try folder.file("runner.conf", "TERRARIUM_STDLIB_ALLOW=time,csv\n")
        daemon.signal(SIGHUP)
        try await Self.wait(daemon, running: "return []") { outcome in
            #expect(outcome == "succeeded")
            return daemon.log.contains("pthread_create: Resource temporarily unavailable")
        }
        #expect(daemon.log.contains("raise TasksMax="), "the message says what to do")
        #expect(try await daemon.run(importCSV).outcome == "policy_violation")
        #expect(try await daemon.request("GET", "/readyz").status == 200)
        let last = try await offloaded { try running.receiveEvents(until: "\"result\"") }
        #expect(last.contains(#""items":[{"json":{"n":1}}]"#), "\(last)")

        // Nothing is asked of the daemon: the reload that it owes is tried again.
        try await daemon.limit("--nproc=1000:")
        try await Self.wait(daemon, running: importCSV) { $0 == "succeeded" }
    }

    /// The runtime of the language keeps no thread for what comes seldom, and waits for as long as it cannot make one.
    @Test func signalsAreHeededByADaemonThatRestedBeforeTheThreadsRanOut() async throws {
        let programs = try ProgramCopies()
        let daemon = try await Self.start(Self.unusedUser(2), programs: programs)
        try await ProcessTree.waitForSpareThreadsToEnd(daemon.pid)
        try await daemon.limit("--nproc=1:")
        for number in 1...3 {
            daemon.signal(SIGHUP)
            try await Self.wait(daemon, running: "return []") { _ in
                daemon.log.split(separator: "\n").count { $0.contains("configuration reloaded") } == number
            }
        }
        // Draining waits for a thread of the runtime's; the second signal does not.
        daemon.signal(SIGTERM)
        #expect(try await daemon.run("return []").status > 0)
        daemon.signal(SIGTERM)
        #expect(try await daemon.waitForExit() <= 1)
    }

    @Test func aStartWithoutTheThreadsForTheEventLoopsSaysWhatToRaise() async throws {
        let programs = try ProgramCopies()
        // Enough for the program to begin, not for its event loops.
        let daemon = try await Self.start(
            Self.unusedUser(1),
            programs: programs,
            processes: 6,
            waitsForReady: false
        )
        #expect(try await daemon.waitForExit() == 1, "\(daemon.log)")
        let lines = daemon.log.split(separator: "\n")
        #expect(lines.count == 1 && lines[0].contains("more threads: pthread_create: "), "\(daemon.log)")
        #expect(lines.last?.contains("RLIMIT_NPROC") == true)
        // Control: with more, the same user's daemon serves.
        let other = try await Self.start(Self.unusedUser(1), programs: programs, processes: 500)
        #expect(try await other.run("return []").outcome == "succeeded")
    }

    /// A worker's process is named by a descriptor that comes over the control socket of all workers.
    @Test func aWorkerWhoseProcessNoDescriptorIsLeftForEndsNoOther() async throws {
        let daemon = try await Daemon.start(["TERRARIUM_WARM_WORKERS": "8"])
        let connection = try daemon.connect()
        // Control: with descriptors enough every task succeeds and no fork fails. The connection stays open.
        for _ in 1...5 { #expect(try await offloaded { try connection.run("return []") } == "succeeded") }
        #expect(!daemon.log.contains("Too many open files"), "the control\n\(daemon.log)")
        let fork = "a worker could not be forked error=\"recvmsg: Too many open files"
        var outcomes: [String: Int] = [:]
        // Fewer and fewer, until a worker's socket can be made and the descriptor of its process cannot be received.
        let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(daemon.pid)/fd").count
        for openFiles in (descriptors / 2...descriptors).reversed() where !daemon.log.contains(fork) {
            try await daemon.limit("--nofile=\(openFiles):")
            for _ in 1...10 { outcomes[try await offloaded { try connection.run("return []") }, default: 0] += 1 }
        }
        #expect(daemon.log.contains(fork), "the control\n\(daemon.log)")
        let succeeded = outcomes["succeeded", default: 0]
        let deadline = Date().addingTimeInterval(300)
        while outcomes["succeeded", default: 0] < succeeded + 20, Date() < deadline {
            outcomes[try await offloaded { try connection.run("return []") }, default: 0] += 1
        }
        // With hardly a descriptor there is not always a worker, but there is again and again.
        #expect(outcomes["succeeded", default: 0] >= succeeded + 20, "\(outcomes)\n\(daemon.log)")
        #expect(Set(outcomes.keys).isSubset(of: ["succeeded", "worker_died"]), "\(outcomes)")
        #expect(!daemon.log.contains("fork server ended"), "\(daemon.log)")
        #expect(ProcessTree.children(of: daemon.pid).count == 1)
    }

    /// Warm workers keep their descriptors: if they took all, an idle service would accept no connection for good.
    @Test(arguments: 8...23) func aServiceThatStartsWithFewDescriptorsAnswers(more: Int) async throws {
        // Three for each event loop, and 16.
        let openFiles = ProcessInfo.processInfo.activeProcessorCount * 3 + 16 + more
        guard let daemon = try? await Daemon.start(["TERRARIUM_WARM_WORKERS": "8"], openFiles: openFiles) else {
            // Too few to start. With a few more it has to.
            return #expect(more < 18)
        }
        #expect(try await daemon.run("return []").outcome == "succeeded")
    }
}

extension UnixHTTPConnection {
    /// Runs this code; its outcome.
    fileprivate func run(_ code: String) throws -> String {
        try self.send("POST", "/v1/run", body: Daemon.body(code))
        return try self.receive().outcome
    }
}
