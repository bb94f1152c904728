import Foundation
import Glibc
import TestSupport
import Testing

/// Fork servers that do not come to serve, or not yet, beside one that does.
@Suite struct ForkServerTroubleTests {
    /// A service whose configuration file and package can be changed while it runs.
    private struct Service {
        let folder: ScratchFolder
        let daemon: Daemon

        init(package: String, settings: String) async throws {
            self.folder = try ScratchFolder(mode: 0o755)
            _ = try self.folder.file("package.py", package)
            let file = try self.folder.file("runner.conf", settings)
            self.daemon = try await Daemon.start(
                ["TERRARIUM_SITE_PACKAGES": self.folder.path, "TERRARIUM_TASK_TIMEOUT": "20"],
                arguments: ["--config", file]
            )
        }

        func write(package: String) throws { _ = try self.folder.file("package.py", package) }

        /// Returns when the file was read; its fork servers are on their way then.
        func beginReload(_ settings: String) async throws {
            _ = try self.folder.file("runner.conf", settings)
            let before = self.readings
            self.daemon.signal(SIGHUP)
            while self.readings == before { try await Task.sleep(for: .milliseconds(20)) }
        }

        private var readings: Int { self.daemon.log.split(separator: "\n").count { $0.contains("configuration read") } }

        /// Returns when the reload has ended.
        func reload(_ settings: String) async throws -> UnixHTTPConnection.Reply {
            _ = try self.folder.file("runner.conf", settings)
            return try await self.daemon.request("POST", "/v1/reload")
        }
    }

    /// Asks for the metrics until a sample is there, without being what keeps the machine busy.
    private static func wait(_ daemon: Daemon, for sample: String) async throws {
        let deadline = Date().addingTimeInterval(600)
        var page = ""
        while Date() < deadline {
            page = try await daemon.request("GET", "/metrics").text
            if page.contains("\n\(sample)\n") { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("\(sample) never came: \(page)\n\(daemon.log)")
    }

    private static let usePackage = "import package\nreturn {'v': package.VALUE}"

    @Test func twoQuickReloadsLeaveThePackagesServed() async throws {
        let slow = "import time\ntime.sleep(1)\nVALUE = 7\n"
        let service = try await Service(package: slow, settings: "")
        try await service.beginReload("TERRARIUM_EXTERNAL_ALLOW=package\n")
        // The first fork server that imports the package is still at it.
        try await service.beginReload("TERRARIUM_EXTERNAL_ALLOW=package\nTERRARIUM_LOG_LIMIT=2M\n")
        // On a busy machine the first reload may be done before the second one is asked for.
        func isReloaded() -> Bool {
            service.daemon.log.split(separator: "\n").contains {
                $0.contains("configuration reloaded") && $0.contains("TERRARIUM_LOG_LIMIT")
            }
        }
        while !isReloaded() { try await Task.sleep(for: .milliseconds(50)) }
        let reply = try await service.daemon.run(Self.usePackage)
        #expect(reply.items == #"[{"json":{"v":7}}]"#, "\(reply.text)\n\(service.daemon.log)")
        #expect(try await service.daemon.request("GET", "/readyz").status == 200)
    }

    @Test func aReloadWhosePackageKillsItsForkServerFailsAndChangesNothing() async throws {
        let service = try await Service(package: "import os\nos._exit(3)\n", settings: "")
        let settings = "TERRARIUM_EXTERNAL_ALLOW=package\nTERRARIUM_TASK_TIMEOUT=10\n"
        let failed = try await service.reload(settings)
        #expect(failed.status == 422, "\(failed.text)")
        #expect((failed.json["detail"] as? String)?.contains("exited(3)") == true, "\(failed.text)")
        try await Self.wait(service.daemon, for: "terrarium_config_reloads_total{result=\"rejected\"} 1")
        #expect(try await service.daemon.run(Self.usePackage).outcome == "policy_violation")
        #expect(try await service.daemon.request("GET", "/readyz").status == 200)
        // Control: the same again with a package that does nothing of the kind. The next task has the new settings.
        try service.write(package: "VALUE = 8\n")
        let reloaded = try await service.reload(settings)
        #expect(reloaded.status == 200)
        #expect(reloaded.json["changed"] as? [String] == ["TERRARIUM_EXTERNAL_ALLOW"], "\(reloaded.text)")
        #expect(reloaded.json["overridden_by_environment"] as? [String] == ["TERRARIUM_TASK_TIMEOUT"])
        #expect(try await service.daemon.run(Self.usePackage).items == #"[{"json":{"v":8}}]"#)
    }

    @Test func aPackageThatKillsItsForkServerFailsItsOwnTasksOnlyAndIsTriedAgain() async throws {
        let service = try await Service(package: "VALUE = 7\n", settings: "TERRARIUM_EXTERNAL_ALLOW=package\n")
        try service.write(package: "import os\nos._exit(3)\n")
        for server in ProcessTree.children(of: service.daemon.pid) { kill(server, SIGKILL) }
        try await Self.wait(service.daemon, for: "terrarium_fork_servers 1")
        let reply = try await service.daemon.run(Self.usePackage)
        #expect(reply.outcome == "worker_died", "\(reply.text)")
        #expect(reply.message == "no worker could be started")
        #expect(try await service.daemon.run("return []").outcome == "succeeded")
        #expect(try await service.daemon.request("GET", "/readyz").status == 503)
        #expect(service.daemon.log.contains("fork server ended"))
        // Control: the same again with a package that does nothing of the kind.
        try service.write(package: "VALUE = 8\n")
        // An attempt may be under way that imports what was there before.
        var last = reply
        for _ in 0..<3 where last.outcome != "succeeded" { last = try await service.daemon.run(Self.usePackage) }
        #expect(last.items == #"[{"json":{"v":8}}]"#)
        #expect(try await service.daemon.request("GET", "/readyz").status == 200)
    }

    /// A package that starts a thread when it is imported, as pyarrow and polars do.
    private static let threaded = """
        import threading, time
        threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
        VALUE = 7
        """

    @Test func aPackageThatStartsThreadsIsLeftOutOfThePreloadAndImportedByItsTasks() async throws {
        let folder = try ScratchFolder(mode: 0o755)
        _ = try folder.file("starter.py", Self.threaded)
        // A second one, which imports the first and so is found only without it.
        _ = try folder.file("follower.py", "import starter\nVALUE = 8\n")
        _ = try folder.file("calm.py", "VALUE = 9\n")
        let daemon = try await Daemon.start([
            "TERRARIUM_SITE_PACKAGES": folder.path, "TERRARIUM_EXTERNAL_ALLOW": "starter,follower,calm",
            "TERRARIUM_STDLIB_ALLOW": "@safe,threading",
        ])
        for module in ["starter", "follower"] {
            #expect(daemon.log.contains("\(module) starts threads when it is imported"), "\(daemon.log)")
        }
        // Control: the package without threads is imported in advance, without a warning.
        #expect(!daemon.log.contains("calm starts threads"))
        #expect(daemon.log.contains("TERRARIUM_PRELOAD"))
        let reply = try await daemon.run(
            "import starter, follower, calm, threading\n"
                + "return {'v': [starter.VALUE, follower.VALUE, calm.VALUE], 'threads': threading.active_count()}"
        )
        #expect(reply.items == #"[{"json":{"threads":2,"v":[7,8,9]}}]"#, "\(reply.text)")
    }

    @Test func aReloadThatNamesAPackageWithThreadsTakesEffect() async throws {
        let service = try await Service(package: "VALUE = 1\n", settings: "TERRARIUM_EXTERNAL_ALLOW=package\n")
        #expect(!service.daemon.log.contains("starts threads"))
        try service.write(package: Self.threaded)
        let reloaded = try await service.reload("TERRARIUM_EXTERNAL_ALLOW=package\nTERRARIUM_LOG_LIMIT=2M\n")
        #expect(reloaded.status == 200, "\(reloaded.text)")
        let last = try await service.daemon.run(Self.usePackage)
        #expect(last.items == #"[{"json":{"v":7}}]"#, "\(last.text)\n\(service.daemon.log)")
        #expect(service.daemon.log.contains("package starts threads when it is imported"))
        #expect(!service.daemon.log.contains(" error "))
    }

    @Test func aServiceThatIsNotReadyYetStopsWhenItIsTold() async throws {
        let folder = try ScratchFolder(mode: 0o755)
        _ = try folder.file("package.py", "import time\ntime.sleep(600)\n")
        let daemon = try await Daemon.start(
            ["TERRARIUM_SITE_PACKAGES": folder.path, "TERRARIUM_EXTERNAL_ALLOW": "package"],
            waitsForReady: false
        )
        // What is served comes before what is ready.
        let deadline = Date().addingTimeInterval(600)
        var status = 0
        while status != 503, Date() < deadline {
            status = (try? await daemon.request("GET", "/readyz").status) ?? 0
            if status == 0 { try await Task.sleep(for: .milliseconds(50)) }
        }
        #expect(status == 503, "\(daemon.log)")
        daemon.signal(SIGTERM)
        #expect(try await daemon.waitForExit() == 0, "\(daemon.log)")
    }

    @Test func whileAReloadIsOnItsWayLogsAreCutAndMarkedAtTheOldLimit() async throws {
        let service = try await Service(
            package: "VALUE = 1\n",
            settings: "TERRARIUM_EXTERNAL_ALLOW=package\nTERRARIUM_LOG_LIMIT=1000\n"
        )
        try service.write(package: "import time\ntime.sleep(600)\n")
        try await service.beginReload("TERRARIUM_EXTERNAL_ALLOW=package\nTERRARIUM_LOG_LIMIT=100000\n")
        // Enough for workers that were forked after the reload.
        for _ in 0..<20 {
            let reply = try await service.daemon.run("import package\nprint('x' * 5000)\nreturn []")
            #expect(reply.outcome == "succeeded", "\(reply.text)")
            #expect(reply.json["logs_truncated"] as? Bool == true)
            #expect(reply.printed().contains("TERRARIUM_LOG_LIMIT"), "\(reply.printed().suffix(200))")
        }
        // The import that hangs does not hold up the end either.
        service.daemon.signal(SIGTERM)
        #expect(try await service.daemon.waitForExit() == 0)
    }

    @Test func aReloadThatIsWaitedForDoesNotHoldUpTheEnd() async throws {
        let service = try await Service(package: "VALUE = 1\n", settings: "TERRARIUM_EXTERNAL_ALLOW=package\n")
        try service.write(package: "import time\ntime.sleep(600)\n")
        async let reload = service.reload("TERRARIUM_EXTERNAL_ALLOW=package\nTERRARIUM_LOG_LIMIT=100000\n")
        while !service.daemon.log.contains("configuration read") { try await Task.sleep(for: .milliseconds(20)) }
        service.daemon.signal(SIGTERM)
        let reply = try await reload
        #expect(reply.status == 422 && reply.text.contains("the service is stopping"), "\(reply.text)")
        #expect(try await service.daemon.waitForExit() == 0)
    }

    @Test func aForkServerThatIsStuckInAnImportEndsWithAKilledBroker() async throws {
        let folder = try ScratchFolder(mode: 0o755)
        _ = try folder.file("package.py", "import os, time\nos.write(2, b'import begins\\n')\ntime.sleep(600)\n")
        let daemon = try await Daemon.start(
            ["TERRARIUM_SITE_PACKAGES": folder.path, "TERRARIUM_EXTERNAL_ALLOW": "package"],
            waitsForReady: false
        )
        let deadline = Date().addingTimeInterval(600)
        while !daemon.log.contains("import begins"), Date() < deadline { try await Task.sleep(for: .milliseconds(50)) }
        #expect(daemon.log.contains("import begins"), "\(daemon.log)")
        let processes = ProcessTree.descendants(of: daemon.pid)
        // Control: they are there, and one of them is in the import.
        #expect(processes.count >= 2)
        #expect(!ProcessTree.allEnd(processes, within: 0))
        daemon.signal(SIGKILL)
        let haveEnded = try await offloaded { ProcessTree.allEnd(processes) }
        #expect(haveEnded)
        if !haveEnded { for process in processes { kill(process, SIGKILL) } }
    }
}
