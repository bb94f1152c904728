import Foundation
import Tasks
import TestSupport
import Testing

/// The program against a real service.
@Suite struct ServiceCommandsTests {
    private static let daemon = Task { try await Daemon.start(["TERRARIUM_TASK_TIMEOUT": "20"]) }

    private func terrarium(
        _ arguments: String...,
        input: String? = nil
    ) async throws -> Programs.Finished {
        let daemon = try await Self.daemon.value
        return try await Programs.run(
            Programs.terrarium,
            arguments,
            environment: ["TERRARIUM_SOCKET": daemon.socketPath],
            input: input
        )
    }

    @Test func resultsGoToStandardOutputAndPrintsToStandardError() async throws {
        let finished = try await self.terrarium(
            "run",
            "-c",
            "import sys\nprint('out')\nprint('err', file=sys.stderr)\nreturn _items",
            "--items",
            "-",
            "--format",
            "ndjson",
            input: "{\"n\": 1.10}\n{\"n\": 12345678901234567890}\n"
        )
        // sys is not among the safe modules: the policy says so, and nothing else is on standard output.
        #expect(finished.status == 4)
        #expect(finished.output.isEmpty)
        let allowed = try await self.terrarium(
            "run",
            "-c",
            "print('out')\nreturn _items",
            "--items",
            "-",
            "--format",
            "ndjson",
            input: "{\"n\": 1.10}\n{\"n\": 12345678901234567890}\n"
        )
        #expect(allowed.status == 0)
        #expect(allowed.errors == "out\n")
        #expect(
            allowed.output == """
                {"json":{"n":1.1},"pairedItem":{"item":0}}
                {"json":{"n":12345678901234567890},"pairedItem":{"item":1}}

                """
        )
    }

    @Test(arguments: [
        ("return {'x': 1}", 0, ""),
        (
            "x = {}\nreturn x['k']", 1,
            "error: KeyError: 'k' [python_error]\n --> <code>:2:8\n2 | return x['k']\n  |        ^^^^^^\n"
        ),
        ("return 5", 1, "[invalid_result]"),
        ("return (", 4, "[syntax_error]"),
        ("import os", 4, " --> <code>:1:8\n1 | import os\n  |        ^^\n"),
    ])
    func outcomesHaveExitCodesAndDiagnostics(code: String, status: Int, message: String) async throws {
        let finished = try await self.terrarium("run", "-c", code)
        #expect(finished.status == status, "\(finished.errors)")
        #expect(message.isEmpty ? finished.errors.isEmpty : finished.errors.contains(message), "\(finished.errors)")
        #expect(finished.output.isEmpty == (status != 0))
    }

    @Test func itemsAreWrittenAsTheyAreFinishedAlsoBeforeAFailure() async throws {
        let code = "n = _item['json']['n']\nif n == 3: raise ValueError('no')\nreturn {'n': n}"
        let input = "{\"n\": 1}\n{\"n\": 2}\n{\"n\": 3}\n"
        let lines = try await self.terrarium("run", "--each", "-c", code, "--format", "ndjson", input: input)
        #expect(lines.status == 1)
        #expect(
            lines.output == """
                {"json":{"n":1},"pairedItem":{"item":0}}
                {"json":{"n":2},"pairedItem":{"item":1}}

                """
        )
        let array = try await self.terrarium("run", "--each", "-c", code, input: input)
        #expect(array.status == 1)
        #expect(
            array.output == """
                [
                {"json":{"n":1},"pairedItem":{"item":0}},
                {"json":{"n":2},"pairedItem":{"item":1}}
                ]

                """
        )
        #expect(
            array.errors.hasSuffix("note: 2 items finished before the failure: standard output has them\n"),
            "\(array.errors)"
        )
        let table = try await self.terrarium("run", "--each", "-c", code, "--format", "table", input: input)
        #expect(table.status == 1 && table.output == "n\n-\n1\n2\n", "\(table.output)")
        // The control: a task that fails at its first item has none.
        let first = try await self.terrarium("run", "--each", "-c", code, input: "{\"n\": 3}\n")
        #expect(first.status == 1 && first.output.isEmpty && !first.errors.contains("note:"), "\(first.errors)")
    }

    @Test func aTimeoutIsExitOneHundredTwentyFour() async throws {
        let finished = try await self.terrarium("run", "-c", "while True: pass", "--timeout", "200ms")
        #expect(finished.status == 124)
        #expect(finished.errors.contains("[timed_out]"))
    }

    @Test func checkSaysWhatIsRefusedAndRunsNothing() async throws {
        let bad = try await self.terrarium("check", "-c", "print('ran')\nimport os\neval('1')")
        #expect(bad.status == 4)
        #expect(!bad.errors.contains("ran\n"))
        #expect(bad.errors.contains("2 | import os"))
        #expect(bad.errors.contains("3 | eval('1')"))
        let good = try await self.terrarium("check", "-c", "return _items")
        #expect(good.status == 0)
        #expect(good.output.isEmpty)
    }

    @Test func tasksAreListedAndCancelledByName() async throws {
        let daemon = try await Daemon.start()
        let environment = ["TERRARIUM_SOCKET": daemon.socketPath]
        async let run = Programs.run(
            Programs.terrarium,
            ["run", "-c", "import time\ntime.sleep(60)", "--label", "sleepy"],
            environment: environment
        )
        // Its row is an event to wait for: the list is asked again until it is there.
        var id = ""
        while id.isEmpty {
            let list = try await Programs.run(Programs.terrarium, ["tasks"], environment: environment)
            try #require(list.status == 0, "\(list.errors)")
            let row = list.output.split(separator: "\n").first { $0.hasSuffix("sleepy") }
            id = row?.split(separator: " ").first.map(String.init) ?? ""
        }
        let prefix = String(id.prefix(4))
        let cancel = try await Programs.run(Programs.terrarium, ["cancel", prefix], environment: environment)
        #expect(cancel.status == 0, "\(cancel.errors)")
        let finished = try await run
        #expect(finished.status == 130)
        #expect(finished.errors.contains("[cancelled]"))
        let again = try await Programs.run(Programs.terrarium, ["cancel", id], environment: environment)
        #expect(again.status == 1)
        #expect(again.errors.contains("there is no task \(id)"))
    }

    @Test func statusAndLogsSayWhatFailed() async throws {
        let daemon = try await Daemon.start()
        let environment = ["TERRARIUM_SOCKET": daemon.socketPath]
        func terrarium(_ arguments: String...) async throws -> Programs.Finished {
            try await Programs.run(Programs.terrarium, arguments, environment: environment)
        }
        let run = try await terrarium("run", "-c", "x = 1\nraise ValueError('no such price')", "--label", "prices")
        #expect(run.status == 1)
        _ = try await terrarium("run", "-c", "return [{'n': 1}]", "--label", "fine")
        // A task's answer goes out before it is written down.
        var logs = try await terrarium("logs")
        while logs.output.split(separator: "\n").count < 2 { logs = try await terrarium("logs") }
        let lines = logs.output.split(separator: "\n")
        #expect(lines[0].contains("python_error at line 2, uid "), "\(lines[0])")
        #expect(lines[0].hasSuffix("prices: ValueError: no such price"), "\(lines[0])")
        #expect(lines[1].hasSuffix("fine"))
        let id = String(try #require(lines[0].split(separator: " ").dropFirst().first))
        let one = try await terrarium("logs", id)
        #expect(one.output.contains("outcome  python_error\nmessage  ValueError: no such price\n"), "\(one.output)")
        let failed = try await terrarium("logs", "--failed", "--json")
        #expect(failed.output.split(separator: "\n").count == 1)
        #expect(failed.output.contains(#""outcome":"python_error""#), "\(failed.output)")
        let none = try await terrarium("logs", "ffffffff")
        #expect(none.status == 1 && none.errors.contains("no task ffffffff"), "\(none.errors)")

        let status = try await terrarium("status")
        #expect(status.status == 0)
        #expect(status.output.hasPrefix("terrarium \(ProductVersion.current): ready, up "), "\(status.output)")
        #expect(status.output.contains("failed lately: 1\n"), "\(status.output)")
        #expect(status.output.contains("prices: ValueError: no such price\n"), "\(status.output)")
        let json = try await terrarium("status", "--json")
        let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        #expect(object?.keys.sorted() == ["failures", "info", "tasks"])
        let top = try await terrarium("top")
        #expect(top.status == 0)
        #expect(top.output.contains("cpu%"), "\(top.output)")
    }

    @Test func logsOfATaskThatRunsWaitForItsEndWhenTheyFollow() async throws {
        let daemon = try await Daemon.start()
        let environment = ["TERRARIUM_SOCKET": daemon.socketPath]
        let folder = try ScratchFolder()
        let code = "import time\nprint('now', flush=True)\ntime.sleep(60)"
        async let run = Programs.run(Programs.terrarium, ["run", "-c", code], environment: environment)
        var found = ""
        while found.isEmpty {
            let list = try await daemon.request("GET", "/v1/tasks").json["tasks"] as? [[String: Any]]
            found = list?.first?["id"] as? String ?? ""
        }
        let id = found
        let early = try await Programs.run(Programs.terrarium, ["logs", id], environment: environment)
        #expect(early.status == 1 && early.errors.contains("--follow"), "\(early.errors)")
        async let followed = Programs.run(
            Programs.terrarium,
            ["logs", "--follow", id],
            environment: environment,
            folder: folder.path
        )
        let top = try await Programs.run(Programs.terrarium, ["top", "--once"], environment: environment)
        #expect(top.output.contains(id.prefix(8)), "\(top.output)")
        _ = try await Programs.run(Programs.terrarium, ["cancel", id], environment: environment)
        let cancelled = try await run
        #expect(cancelled.status == 130)
        let end = try await followed
        #expect(end.status == 0 && end.output.contains("outcome  cancelled"), "\(end.output)\(end.errors)")
    }

    @Test func reloadWaitsForTheNewSettingsOrSaysWhyTheyCannotServe() async throws {
        let folder = try ScratchFolder()
        let file = try folder.file("runner.conf", "TERRARIUM_STDLIB_ALLOW=re\n")
        let daemon = try await Daemon.start(arguments: ["--config", file])
        let environment = ["TERRARIUM_SOCKET": daemon.socketPath]
        _ = try folder.file("runner.conf", "TERRARIUM_STDLIB_ALLOW=json\nTERRARIUM_QUEUE_LIMIT=9\n")
        let reloaded = try await Programs.run(Programs.terrarium, ["reload"], environment: environment)
        #expect(reloaded.status == 0, "\(reloaded.errors)")
        #expect(
            reloaded.output.hasPrefix(
                "changed: TERRARIUM_STDLIB_ALLOW\nwaits for a restart: TERRARIUM_QUEUE_LIMIT\npolicy: "
            ),
            "\(reloaded.output)"
        )
        let run = try await Programs.run(
            Programs.terrarium,
            ["run", "-c", "import json\nreturn []"],
            environment: environment
        )
        #expect(run.status == 0, "\(run.errors)")
        // The service reads the file and refuses it.
        _ = try folder.file("runner.conf", "TERRARIUM_STDLIB_ALLOW=json\nTERRARIUM_QUEUE_LIMIT=many\n")
        let kept = try await Programs.run(Programs.terrarium, ["reload"], environment: environment)
        #expect(kept.status == 78)
        let start = "error: not reloaded: the old settings stay in force: "
        #expect(kept.errors.hasPrefix(start) && kept.errors.contains("runner.conf:2:"), "\(kept.errors)")
        // As in a unit: the file names the socket.
        _ = try folder.file("runner.conf", "TERRARIUM_SOCKET=\(daemon.socketPath)\nTERRARIUM_MAX_PAYLOAD=much\n")
        let refused = try await Programs.run(Programs.terrarium, ["reload", "--config", file])
        #expect(refused.status == 78)
        #expect(refused.errors.hasPrefix("error: not reloaded: "), "\(refused.errors)")
        _ = try folder.file("runner.conf", "TERRARIUM_SOCKET=\(daemon.socketPath)\n")
        let named = try await Programs.run(Programs.terrarium, ["reload", "--config", file, "--json"])
        #expect(named.status == 0, "\(named.errors)")
        #expect(named.output.hasPrefix(#"{"changed":["TERRARIUM_STDLIB_ALLOW"]"#), "\(named.output)")
        // Without a socket the process gets the signal.
        _ = try folder.file("runner.conf", "TERRARIUM_SOCKET=none\nTERRARIUM_STDLIB_ALLOW=json\n")
        let without = try await Programs.run(Programs.terrarium, ["reload", "--config", file])
        #expect(without.status == 3 && without.errors.contains("--pid"), "\(without.errors)")
        let signalled = try await Programs.run(
            Programs.terrarium,
            ["reload", "--config", file, "--pid", "\(daemon.pid)"]
        )
        #expect(signalled.status == 0, "\(signalled.errors)")
        while !daemon.log.contains("changed=TERRARIUM_STDLIB_ALLOW policy=") || !daemon.log.contains("TERRARIUM_SOCKET")
        {
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test func infoShowsTheServiceAndItsSandbox() async throws {
        let text = try await self.terrarium("info")
        #expect(text.status == 0)
        #expect(text.output.contains("version"))
        #expect(text.output.contains("sandbox.layers."))
        let json = try await self.terrarium("info", "--format", "json")
        let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        #expect(object?["version"] as? String == ProductVersion.current)
    }

    @Test func controlCCancelsTheTaskInTheService() async throws {
        let daemon = try await Daemon.start()
        // The shell passes its own process on, so that the signal goes to the program alone.
        let script = """
            '\(Programs.terrarium)' run -c 'import time
            print("running")
            time.sleep(60)' 2>errors &
            pid=$!
            while ! grep -q running errors; do sleep 0.01; done
            kill -INT $pid
            wait $pid
            echo $?
            """
        let finished = try await Programs.run(
            "/bin/sh",
            ["-c", script],
            environment: ["TERRARIUM_SOCKET": daemon.socketPath],
            folder: daemon.folder.path
        )
        #expect(finished.output == "130\n")
        let list = try await daemon.request("GET", "/v1/tasks")
        #expect((list.json["tasks"] as? [Any])?.isEmpty == true)
    }

    @Test func aFullQueueIsExitFive() async throws {
        let daemon = try await Daemon.start(["TERRARIUM_MAX_CONCURRENCY": "1", "TERRARIUM_QUEUE_LIMIT": "0"])
        try await offloaded {
            let connection = try daemon.connect()
            try connection.send(
                "POST",
                "/v1/run",
                headers: ["Accept": "application/x-ndjson"],
                body: Daemon.body("import time\ntime.sleep(60)")
            )
            // The first event says that the task has the only slot.
            #expect(try connection.receiveHead().status == 200)
            _ = try connection.receiveChunk()
            let errors = Pipe()
            let process = try ChildProcess(
                Programs.terrarium,
                ["run", "-c", "return []"],
                environment: ["TERRARIUM_SOCKET": daemon.socketPath],
                errors: errors.fileHandleForWriting
            )
            try errors.fileHandleForWriting.close()
            let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            #expect(process.wait() == 5)
            #expect(text.hasPrefix("error: turned away: "))
            connection.hangUp()
        }
    }
}
