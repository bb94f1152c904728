import Foundation
import Glibc
import TestSupport
import Testing

/// The service as a process: its configuration, its log, its end.
@Suite struct ServiceLifeTests {
    /// Asks for the metrics until a sample has a value; each answer is an event of its own, and their number is bounded.
    private static func wait(_ daemon: TestSupport.Daemon, for sample: String) async throws {
        for _ in 0..<2000 {
            let page = try await daemon.request("GET", "/metrics").text
            if page.contains("\n\(sample)\n") { return }
        }
        Issue.record("\(sample) never came: \(try await daemon.request("GET", "/metrics").text)\n\(daemon.log)")
    }

    /// Runs `code` until it has `outcome`: a reload takes effect when its fork server serves.
    private static func wait(_ daemon: TestSupport.Daemon, _ code: String, for outcome: String) async throws {
        for _ in 0..<2000 {
            let reply = try await daemon.run(code)
            if reply.json["outcome"] as? String == outcome { return }
        }
        Issue.record("\(code) never had the outcome \(outcome)\n\(daemon.log)")
    }

    @Test func aReloadTakesTheFileAndAMistakeInItChangesNothing() async throws {
        let folder = try ScratchFolder()
        let file = try folder.file("runner.conf", "TERRARIUM_STDLIB_ALLOW=re\n")
        let daemon = try await TestSupport.Daemon.start(
            ["TERRARIUM_QUEUE_LIMIT": "50"],
            arguments: ["--config", file]
        )
        #expect(try await daemon.run("import json").json["outcome"] as? String == "policy_violation")
        _ = try folder.file(
            "runner.conf",
            "TERRARIUM_STDLIB_ALLOW=json\nTERRARIUM_MAX_CONCURRENCY=2\nTERRARIUM_QUEUE_LIMIT=9\n"
        )
        daemon.signal(SIGHUP)
        try await Self.wait(daemon, for: "terrarium_config_reloads_total{result=\"accepted\"} 1")
        try await Self.wait(daemon, "import json", for: "succeeded")
        #expect(try await daemon.run("import re").json["outcome"] as? String == "policy_violation")
        #expect(daemon.log.contains("wait for a restart"))
        #expect(daemon.log.contains("TERRARIUM_MAX_CONCURRENCY"))
        #expect(daemon.log.contains("the environment overrides the file"))

        _ = try folder.file("runner.conf", "TERRARIUM_STDLIB_ALLOW=re\nnonsense\n")
        daemon.signal(SIGHUP)
        try await Self.wait(daemon, for: "terrarium_config_reloads_total{result=\"rejected\"} 1")
        #expect(daemon.log.contains("\(file):2: malformed line"))
        #expect(try await daemon.run("import json").json["outcome"] as? String == "succeeded")
    }

    @Test func aReloadOverTheAPIEndsWhenTheNewSettingsServe() async throws {
        let folder = try ScratchFolder()
        let file = try folder.file("runner.conf", "TERRARIUM_STDLIB_ALLOW=re\n")
        let daemon = try await TestSupport.Daemon.start(arguments: ["--config", file])
        #expect(try await daemon.run("import json").json["outcome"] as? String == "policy_violation")
        _ = try folder.file("runner.conf", "TERRARIUM_STDLIB_ALLOW=json\nTERRARIUM_QUEUE_LIMIT=9\n")
        let reloaded = try await daemon.request("POST", "/v1/reload")
        #expect(reloaded.status == 200, "\(reloaded.text)")
        #expect(reloaded.json["changed"] as? [String] == ["TERRARIUM_STDLIB_ALLOW"])
        #expect(reloaded.json["waiting_for_restart"] as? [String] == ["TERRARIUM_QUEUE_LIMIT"])
        // The next task, and no later one, has the new policy.
        #expect(try await daemon.run("import json").json["outcome"] as? String == "succeeded")
        let info = try await daemon.request("GET", "/v1/info").json["policy"] as? [String: Any]
        #expect(info?["revision"] as? String == reloaded.json["policy_revision"] as? String)

        _ = try folder.file("runner.conf", "TERRARIUM_STDLIB_ALLOW=re\nnonsense\n")
        let refused = try await daemon.request("POST", "/v1/reload")
        #expect(refused.status == 422)
        #expect((refused.json["detail"] as? String)?.contains("\(file):2: malformed line") == true, "\(refused.text)")
        #expect(try await daemon.run("import json").json["outcome"] as? String == "succeeded")
    }

    @Test func aTaskThatRunsDuringAReloadFinishesUnderTheOldSettings() async throws {
        let folder = try ScratchFolder()
        let file = try folder.file("runner.conf", "TERRARIUM_TASK_TIMEOUT=30\n")
        let daemon = try await TestSupport.Daemon.start(arguments: ["--config", file])
        let outcome = try await offloaded {
            let connection = try daemon.connect()
            try connection.send(
                "POST",
                "/v1/run",
                headers: ["Accept": "application/x-ndjson"],
                body: TestSupport.Daemon.body("import time\nprint('x')\ntime.sleep(1)\nreturn [{'n': 1}]")
            )
            #expect(try connection.receiveHead().status == 200)
            _ = try connection.receiveChunk()
            _ = try folder.file("runner.conf", "TERRARIUM_TASK_TIMEOUT=0.2\nTERRARIUM_STDLIB_ALLOW=\n")
            daemon.signal(SIGHUP)
            var text = ""
            while let chunk = try connection.receiveChunk() { text += String(decoding: chunk, as: UTF8.self) }
            return text
        }
        #expect(outcome.contains(#""outcome":"succeeded""#), "\(outcome)")
        try await Self.wait(daemon, "while True: pass", for: "timed_out")
    }

    @Test func aReloadReachesTheHTTPServerAndTheLog() async throws {
        let folder = try ScratchFolder()
        let file = try folder.file("runner.conf", "TERRARIUM_LOG_LEVEL=error\n")
        let daemon = try await TestSupport.Daemon.start(arguments: ["--config", file])
        let code = "return []  # \(String(repeating: "x", count: 2000))"
        #expect(try await daemon.run(code).status == 200)
        #expect(!daemon.log.contains("task ended"))
        _ = try folder.file("runner.conf", "TERRARIUM_LOG_LEVEL=info\nTERRARIUM_MAX_PAYLOAD=1K\n")
        daemon.signal(SIGHUP)
        try await Self.wait(daemon, for: "terrarium_config_reloads_total{result=\"accepted\"} 1")
        #expect(try await daemon.run(code).status == 413)
        #expect(try await daemon.run("return []").status == 200)
        try await Self.wait(daemon, for: "terrarium_tasks_total{outcome=\"succeeded\"} 2")
        #expect(daemon.log.contains("task ended"), "\(daemon.log)")
    }

    @Test func theLogHasOneLineForEachTaskAndNothingOfItsInside() async throws {
        let daemon = try await TestSupport.Daemon.start(["TERRARIUM_LOG_FORMAT": "json"])
        _ = try await daemon.request(
            "POST",
            "/v1/run",
            body: Data(
                #"{"code": "secret_name = 1\nreturn _items", "items": [{"k": "secret_value"}], "label": "L"}"#.utf8
            )
        )
        daemon.signal(SIGTERM)
        #expect(try await daemon.waitForExit() == 0)
        let lines = try daemon.log.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
        }
        #expect(lines.allSatisfy { ($0["time"] as? String)?.hasSuffix("Z") == true && $0["level"] is String })
        let tasks = lines.filter { $0["message"] as? String == "task ended" }
        #expect(tasks.count == 1)
        #expect(tasks.first?["outcome"] as? String == "succeeded")
        #expect(tasks.first?["label"] as? String == "L")
        #expect(tasks.first?["peer"] as? Int == Int(getuid()))
        #expect(tasks.first?["wall_ms"] is Double && tasks.first?["max_rss_bytes"] is Int)
        #expect(!daemon.log.contains("secret_"))
        let start = lines.first { $0["message"] as? String == "starting" }
        #expect(start?["stdlib_allow"] as? String == "@safe")
        #expect(lines.last?["message"] as? String == "stopped")
    }

    @Test func anAllowedModuleThatCannotBeImportedIsNamedAtTheStart() async throws {
        let daemon = try await TestSupport.Daemon.start([
            "TERRARIUM_STDLIB_ALLOW": "math,no_such_module", "TERRARIUM_EXTERNAL_ALLOW": "not_installed",
        ])
        for module in ["no_such_module", "not_installed"] {
            #expect(daemon.log.contains("\(module) is allowlisted and cannot be imported"), "\(daemon.log)")
        }
        #expect(!daemon.log.contains("math is allowlisted and"))
        // Who named it has a typing mistake, and a service all the same.
        #expect(try await daemon.run("import math\nreturn []").json["outcome"] as? String == "succeeded")
    }

    @Test func theManagerHearsOfEveryStageAndTheWatchdogIsFed() async throws {
        let folder = try ScratchFolder()
        // What systemd does with Type=notify and WatchdogSec=.
        let manager = """
            import os, socket, subprocess, sys
            folder, program = sys.argv[1:3]
            manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            manager.bind(folder + "/notify")
            manager.settimeout(600)
            service = subprocess.Popen([program, "serve"], env={
                "NOTIFY_SOCKET": folder + "/notify", "WATCHDOG_USEC": "200000",
                "TERRARIUM_SOCKET": folder + "/socket", "TERRARIUM_LOG_LEVEL": "error",
                "TERRARIUM_GRACEFUL_SHUTDOWN_TIMEOUT": sys.argv[3],
            })
            heard = []
            def hear(wanted, count):
                while sum(wanted in message for message in heard) < count:
                    heard.append(manager.recv(4096).decode())
                print(wanted)
            try:
                hear("READY=1", 1)
                hear("WATCHDOG=1", 3)
                service.terminate()
                hear("STOPPING=1", 1)
                # What comes with it: systemd would else kill what takes longer than its own TimeoutStopSec=.
                print([line for line in heard[-1].splitlines() if line.startswith("EXTEND_TIMEOUT_USEC=")])
            except BaseException:
                service.kill()
                raise
            sys.exit(service.wait())
            """
        for (grace, microseconds) in [("600", "620000000"), ("0.5", "20500000")] {
            let finished = try await Programs.run(
                "/usr/bin/python3",
                ["-c", manager, folder.path, Programs.terrarium, grace]
            )
            #expect(finished.status == 0)
            #expect(
                finished.output == """
                    READY=1
                    WATCHDOG=1
                    STOPPING=1
                    ['EXTEND_TIMEOUT_USEC=\(microseconds)']

                    """,
                "\(finished.errors)"
            )
            try FileManager.default.removeItem(atPath: folder.path + "/notify")
        }
    }

    @Test func theSecondSignalEndsItAtOnce() async throws {
        let daemon = try await TestSupport.Daemon.start([
            "TERRARIUM_GRACEFUL_SHUTDOWN_TIMEOUT": "600", "TERRARIUM_TASK_TIMEOUT": "600",
        ])
        try await offloaded {
            let connection = try daemon.connect()
            try connection.send(
                "POST",
                "/v1/run",
                headers: ["Accept": "application/x-ndjson"],
                body: TestSupport.Daemon.body("import time\ntime.sleep(600)")
            )
            #expect(try connection.receiveHead().status == 200)
            _ = try connection.receiveChunk()
            let family = ProcessTree.descendants(of: daemon.pid)
            daemon.signal(SIGTERM)
            // It drains: readiness is gone, and the task still runs.
            while try {
                let probe = try daemon.connect()
                try probe.send("GET", "/readyz")
                return try probe.receive().status == 200
            }() {}
            daemon.signal(SIGTERM)
            // The task and the grace would last ten times as long.
            #expect(ProcessTree.allEnd(family))
        }
        #expect(try await daemon.waitForExit() == 1)
        #expect(!FileManager.default.fileExists(atPath: daemon.socketPath))
    }

    @Test func itEndsByItselfWhenNobodyNeedsIt() async throws {
        let daemon = try await TestSupport.Daemon.start(["TERRARIUM_AUTO_SHUTDOWN_TIMEOUT": "5"])
        // A task that takes longer than that does not count as idleness.
        let reply = try await daemon.run("import time\ntime.sleep(6)\nreturn []")
        #expect(reply.json["outcome"] as? String == "succeeded")
        #expect(try await daemon.waitForExit() == 0)
        #expect(daemon.log.contains("idle timeout reached"))
    }

    @Test func aSignalBeforeTheIdleTimeoutEndsItWithoutAnError() async throws {
        let daemon = try await TestSupport.Daemon.start(["TERRARIUM_AUTO_SHUTDOWN_TIMEOUT": "600"])
        daemon.signal(SIGTERM)
        #expect(try await daemon.waitForExit() == 0)
        #expect(!daemon.log.contains("CancellationError"), "\(daemon.log)")
    }

    @Test(.enabled(if: getuid() == 0)) func nobodyOfTheSameUserReadsItsMemory() async throws {
        let programs = try ProgramCopies()
        let daemon = try await TestSupport.Daemon.start(user: 12345, programs: programs.folder.path)
        // The files of a process that is not dumpable belong to root (proc(5)); those of any other to its user.
        var status = stat()
        #expect(stat("/proc/\(daemon.pid)/environ", &status) == 0)
        #expect(status.st_uid == 0)
        let sleeper = try ChildProcess(
            "/usr/bin/setpriv",
            ["--reuid=12345", "--regid=12345", "--clear-groups", "sleep", "60"]
        )
        // Its change of user and its exec are over when its name is the new one.
        while (try? String(contentsOfFile: "/proc/\(sleeper.pid)/comm", encoding: .utf8)) != "sleep\n" {}
        #expect(stat("/proc/\(sleeper.pid)/environ", &status) == 0)
        #expect(status.st_uid == 12345)
    }

    @Test func aSocketOfTheServiceManagersIsTaken() async throws {
        let folder = try ScratchFolder()
        let path = "\(folder.path)/activated"
        // What systemd does: it listens, and starts the service with the socket as descriptor 3.
        let script = """
            import os, socket, sys
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(sys.argv[1])
            listener.listen()
            os.dup2(listener.fileno(), 3)
            os.set_inheritable(3, True)
            os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
            print("listening", flush=True)
            os.execv(sys.argv[2], [sys.argv[2], "serve"])
            """
        let output = Pipe()
        let process = try ChildProcess(
            "/usr/bin/python3",
            ["-c", script, path, Programs.terrarium],
            environment: ["TERRARIUM_LOG_LEVEL": "error"],
            output: output.fileHandleForWriting
        )
        try output.fileHandleForWriting.close()
        let reply = try await offloaded {
            // Blocks until the line is there: from then on the kernel queues connections.
            #expect(output.fileHandleForReading.availableData == Data("listening\n".utf8))
            let connection = try UnixHTTPConnection(path: path)
            try connection.send("POST", "/v1/run", body: TestSupport.Daemon.body("return [{'n': 1}]"))
            return try connection.receive()
        }
        #expect(reply.json["outcome"] as? String == "succeeded")
        process.terminate()
        #expect(try await offloaded { process.wait() } == 0)
        // It is the manager's, who may want to start the service again.
        #expect(FileManager.default.fileExists(atPath: path))
    }

    @Test func aSocketPathThatCannotBeIsRefusedWithTheReason() async throws {
        let folder = try ScratchFolder()
        func start(_ path: String) async throws -> Programs.Finished {
            try await Programs.run(Programs.terrarium, ["serve"], environment: ["TERRARIUM_SOCKET": path])
        }
        let long = try await start("\(folder.path)/" + String(repeating: "x", count: 107))
        #expect(long.status == 78)
        #expect(long.errors.contains("at most 107 bytes"))
        let file = try folder.file("file", "precious")
        let notSocket = try await start(file)
        #expect(notSocket.status == 1)
        #expect(notSocket.errors.contains("is not a socket"))
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "precious")
        let nowhere = try await start("\(folder.path)/none/socket")
        #expect(nowhere.status == 1)
        #expect(nowhere.errors.contains("does not exist"))
        let none = try await start("none")
        #expect(none.status == 78)
    }

    @Test func metricsCountWhatHappened() async throws {
        let daemon = try await TestSupport.Daemon.start()
        _ = try await daemon.run("return []")
        _ = try await daemon.run("import os")
        try await Self.wait(daemon, for: "terrarium_tasks_total{outcome=\"succeeded\"} 1")
        try await Self.wait(daemon, for: "terrarium_tasks_total{outcome=\"policy_violation\"} 1")
        try await Self.wait(daemon, for: "terrarium_policy_violations_total{rule=\"import\",construct=\"os\"} 1")
        try await Self.wait(daemon, for: "terrarium_ready 1")
        try await Self.wait(daemon, for: "terrarium_tasks_running 0")
    }
}
