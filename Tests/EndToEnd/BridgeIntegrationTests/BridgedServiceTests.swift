import Foundation
import N8NTestBroker
import TestSupport
import Testing

/// The daemon as n8n's runner: start, shutdown, refusal, and secrets.
@Suite(.serialized, .timeLimit(.minutes(10))) struct BridgedServiceTests {
    @Test func aTerminatedServiceLetsItsTaskFinish() async throws {
        try await BridgedDaemon.run(["TERRARIUM_SOCKET": "none", "N8N_RUNNERS_STDLIB_ALLOW": "time"]) { bridged in
            let connection = try await bridged.registered()
            try await connection.begin("t1")
            connection.sendSettings("t1", code: "print('begun')\nimport time\ntime.sleep(1)\nreturn 'done'")
            _ = try await connection.nextConsole()
            bridged.daemon.signal(SIGTERM)
            while !bridged.daemon.log.contains("serving until the task broker drains") {
                try await Task.sleep(for: .milliseconds(5))
            }
            // Until n8n drains, the executions that it finishes are served.
            let other = try await connection.result("t2", "return 'served'")
            #expect(other == #""served""#)
            connection.drain()
            let end = try await connection.end(of: "t1")
            #expect(end == .done("t1", result: Array(#""done""#.utf8)))
            let close = try await connection.close()
            #expect(close == .close(code: 1001, reason: "shutting down"))
            let status = try await bridged.daemon.waitForExit()
            #expect(status == 0)
        }
    }

    @Test func aTaskThatOutlastsTheGraceIsCancelled() async throws {
        let environment = ["TERRARIUM_SOCKET": "none", "N8N_RUNNERS_GRACEFUL_SHUTDOWN_TIMEOUT": "0.2"]
        try await BridgedDaemon.run(environment) { bridged in
            let connection = try await bridged.registered()
            try await connection.begin("t1")
            connection.sendSettings("t1", code: "print('begun')\nwhile True:\n    pass")
            _ = try await connection.nextConsole()
            bridged.daemon.signal(SIGTERM)
            guard case .error(_, _, let text) = try await connection.end(of: "t1") else {
                Issue.record("a result of an endless loop")
                return
            }
            #expect(text.contains(#""kind":"cancelled""#))
            let status = try await bridged.daemon.waitForExit()
            #expect(status == 0)
        }
    }

    @Test func aLostConnectionEndsItsTasks() async throws {
        // With a socket too, to look from outside.
        try await BridgedDaemon.run { bridged in
            let connection = try await bridged.registered()
            try await connection.begin("t1")
            connection.sendSettings("t1", code: "print('begun')\nwhile True:\n    pass")
            _ = try await connection.nextConsole()
            let before = try await bridged.daemon.request("GET", "/v1/tasks")
            #expect((before.json["tasks"] as? [Any])?.count == 1)
            connection.cut()
            let second = try await bridged.registered()
            let result = try await second.result("t1", "return 1")
            #expect(result == "1")
            let after = try await bridged.daemon.request("GET", "/v1/tasks")
            #expect((after.json["tasks"] as? [Any])?.isEmpty == true)
        }
    }

    @Test func bothWaysInShareTheService() async throws {
        try await BridgedDaemon.run { bridged in
            let connection = try await bridged.registered()
            try await connection.begin("n8n")
            connection.sendSettings("n8n", code: "return 'from n8n'")
            let reply = try await bridged.daemon.run("return {'from': 'the socket'}")
            #expect(reply.json["outcome"] as? String == "succeeded")
            let end = try await connection.end(of: "n8n")
            #expect(end == .done("n8n", result: Array(#""from n8n""#.utf8)))
        }
    }

    @Test func aReloadedLimitHoldsFromTheNextConnectionOn() async throws {
        let folder = try ScratchFolder()
        let file = try folder.file("runner.conf", "TERRARIUM_MAX_PAYLOAD=1M\n")
        try await BridgedDaemon.run(arguments: ["--config", file]) { bridged in
            let connection = try await bridged.registered()
            _ = try folder.file("runner.conf", "TERRARIUM_MAX_PAYLOAD=10K\n")
            bridged.daemon.signal(SIGHUP)
            while !bridged.daemon.log.contains("configuration reloaded") {
                try await Task.sleep(for: .milliseconds(5))
            }
            let before = try await connection.result("t1", "return 'x' * 20000")
            #expect(before.utf8.count == 20_002)
            connection.cut()
            let next = try await bridged.registered()
            let after = try await next.result("t2", "return 'x' * 20000")
            #expect(after == "error: the answer is larger than 10240 bytes")
        }
    }

    @Test func aRefusalEndsAServiceWithoutAnotherWayIn() async throws {
        let environment = ["TERRARIUM_SOCKET": "none", "N8N_RUNNERS_GRANT_TOKEN": "good-once"]
        try await BridgedDaemon.run(environment) { bridged in
            let connection = try await bridged.registered()
            connection.cut()
            let status = try await bridged.daemon.waitForExit()
            #expect(status == 76)
            #expect(bridged.daemon.log.contains("refused the grant token (HTTP 403)"))
            #expect(!bridged.daemon.log.contains("good-once"))
        }
    }

    /// n8n's launcher shows standard error as errors. The control is the same service with its log on standard error.
    @Test(arguments: [true, false])
    func underTheLauncherOnlyWarningsAndErrorsAreOnStandardError(isSplit: Bool) async throws {
        var options = TestTaskBroker.Options()
        options.grantTokens = ["another"]
        let broker = TestTaskBroker(options)
        try await broker.start()
        var environment = [
            "TERRARIUM_SOCKET": "none", "N8N_RUNNERS_TASK_BROKER_URI": broker.uri,
            "N8N_RUNNERS_GRANT_TOKEN": "spent", "N8N_RUNNERS_LAUNCHER_LOG_LEVEL": "silly",
        ]
        if !isSplit { environment["TERRARIUM_LOG_STREAMS"] = "stderr" }
        let finished = try await Programs.run(Programs.terrarium, ["serve"], environment: environment)
        await broker.stop()
        #expect(finished.status == 76)
        let ordinary = isSplit ? finished.output : finished.errors
        for level in ["Z info ", "Z notice "] {
            #expect(ordinary.contains(level), "\(ordinary)")
            #expect(finished.errors.contains(level) == !isSplit, "\(finished.errors)")
        }
        #expect(finished.errors.contains("setting replaced or ignored"), "\(finished.errors)")
        #expect(finished.errors.contains("refused the grant token"), "\(finished.errors)")
        #expect(!finished.output.contains("refused the grant token"), "\(finished.output)")
    }

    @Test func aRefusalLeavesTheSocketServing() async throws {
        try await BridgedDaemon.run(["N8N_RUNNERS_GRANT_TOKEN": "good-once"]) { bridged in
            let connection = try await bridged.registered()
            connection.cut()
            while !bridged.daemon.log.contains("refused the grant token") {
                try await Task.sleep(for: .milliseconds(5))
            }
            let reply = try await bridged.daemon.run("return {'still': 'here'}")
            #expect(reply.json["outcome"] as? String == "succeeded")
        }
    }

    @Test func anIdleRunnerEndsWithSuccess() async throws {
        let environment = ["TERRARIUM_SOCKET": "none", "N8N_RUNNERS_AUTO_SHUTDOWN_TIMEOUT": "5"]
        try await BridgedDaemon.run(environment) { bridged in
            let connection = try await bridged.registered()
            let result = try await connection.result("t1", "return 1")
            #expect(result == "1")
            _ = try await connection.close()
            let status = try await bridged.daemon.waitForExit()
            #expect(status == 0)
        }
    }

    @Test func underN8NsLauncherItIsWhatTheStockRunnerIs() async throws {
        let environment = [
            "TERRARIUM_SOCKET": "none", "N8N_RUNNERS_GRANT_TOKEN": "from-the-launcher",
            "N8N_RUNNERS_HEALTH_CHECK_SERVER_ENABLED": "true",
            "N8N_RUNNERS_HEALTH_CHECK_SERVER_HOST": "127.0.0.1",
            "N8N_RUNNERS_HEALTH_CHECK_SERVER_PORT": "0",
            "N8N_RUNNERS_LAUNCHER_LOG_LEVEL": "debug", "N8N_RUNNERS_AUTO_SHUTDOWN_TIMEOUT": "10",
            "N8N_RUNNERS_TASK_TIMEOUT": "60", "N8N_RUNNERS_MAX_PAYLOAD": "1048576",
            "N8N_RUNNERS_GRACEFUL_SHUTDOWN_TIMEOUT": "5",
        ]
        try await BridgedDaemon.run(environment) { bridged in
            let connection = try await bridged.registered()
            let log = bridged.daemon.log
            let port = try #require(
                log.split(separator: "port=").dropFirst().first.flatMap { Int($0.prefix { $0.isNumber }) },
                "\(log)"
            )
            let address = "http://127.0.0.1:\(port)/any/path?at=all"
            let health = try await Programs.run("/usr/bin/curl", ["--silent", address])
            #expect(health.output == "OK")
            let result = try await connection.result("t1", "return 1")
            #expect(result == "1")
            _ = try await connection.close()
            let status = try await bridged.daemon.waitForExit()
            #expect(status == 0)
            #expect(bridged.daemon.log.contains("task started"))
            #expect(!bridged.daemon.log.contains("from-the-launcher"))
        }
    }

    @Test func aTaskThatIsAcceptedAndYetToComeKeepsTheServiceUp() async throws {
        let environment = ["TERRARIUM_SOCKET": "none", "N8N_RUNNERS_AUTO_SHUTDOWN_TIMEOUT": "6"]
        try await BridgedDaemon.run(environment) { bridged in
            let connection = try await bridged.registered()
            try await connection.begin("t1")
            // Longer than an idle service would have waited.
            try await Task.sleep(for: .seconds(9))
            connection.sendSettings("t1", code: "return 'served'")
            let end = try await connection.end(of: "t1")
            #expect(end == .done("t1", result: Array(#""served""#.utf8)))
            // The control: without a task it does not stay.
            _ = try await connection.close()
            let status = try await bridged.daemon.waitForExit()
            #expect(status == 0)
            #expect(bridged.daemon.log.contains("idle timeout reached"))
        }
    }

    @Test func tokensStayWithTheService() async throws {
        let environment = ["N8N_RUNNERS_STDLIB_ALLOW": "*", "TERRARIUM_LOG_LEVEL": "trace"]
        try await BridgedDaemon.run(environment) { bridged in
            let connection = try await bridged.registered()
            let variables = try await connection.result("environment", "import os\nreturn dict(os.environ)")
            #expect(!variables.contains(BridgedDaemon.authToken))
            #expect(!variables.contains("N8N_"))
            let info = try await bridged.daemon.request("GET", "/v1/info")
            #expect(!info.text.contains(BridgedDaemon.authToken))
            let title = try String(contentsOfFile: "/proc/\(bridged.daemon.pid)/cmdline", encoding: .utf8)
            #expect(!title.contains(BridgedDaemon.authToken))
            let metrics = try await bridged.daemon.request("GET", "/metrics")
            #expect(!metrics.text.contains(BridgedDaemon.authToken))
            #expect(metrics.text.contains("terrarium_n8n_registered 1"))
            let workers = ProcessTree.descendants(of: bridged.daemon.pid)
            #expect(!workers.isEmpty)
            for pid in workers {
                for file in ["cmdline", "environ", "comm"] {
                    let text = (try? String(contentsOfFile: "/proc/\(pid)/\(file)", encoding: .utf8)) ?? ""
                    #expect(!text.contains(BridgedDaemon.authToken) && !text.contains("granted-"))
                }
            }
            let configuration = try await Programs.run(
                Programs.terrarium,
                ["config"],
                environment: ["N8N_RUNNERS_AUTH_TOKEN": BridgedDaemon.authToken]
            )
            #expect(configuration.output.contains("AUTH_TOKEN"))
            #expect(!configuration.output.contains(BridgedDaemon.authToken))
            #expect(!bridged.daemon.log.contains(BridgedDaemon.authToken))
        }
    }
}
