import Settings
import Testing

@testable import Commands

/// What `terrarium n8n check` finds in files and variables.
@Suite struct N8NSituationTests {
    private static let launcher = #"""
        {"task-runners": [
          {"runner-type": "javascript", "command": "/usr/local/bin/node", "health-check-server-port": "5681"},
          {"runner-type": "python", "command": "/usr/bin/terrarium", "args": ["serve"],
           "health-check-server-port": "5682", "allowed-env": ["N8N_RUNNERS_MAX_CONCURRENCY"],
           "env-overrides": {"TERRARIUM_SOCKET": "none", "N8N_RUNNERS_GRANT_TOKEN": "mine"}}
        ]}
        """#

    private static func file(_ text: String) throws -> LauncherFile {
        try LauncherFile(Array(text.utf8), path: "l.json")
    }

    private static func findings(
        _ environment: [String: String],
        launcher: String? = nil,
        n8n: [String: String]? = nil
    ) throws -> [N8NFinding] {
        let launcher = try launcher.map {
            (file: try Self.file($0), variables: FileVariables(environment, of: .launcher, readFile: Self.content))
        }
        let own = launcher.map { $0.file.runner("python")?.environment(launcher: $0.variables) ?? [:] } ?? environment
        let loaded = try LoadedSettings(environment: own, readFile: Self.content)
        let n8n = n8n.map { FileVariables($0, of: .n8n, readFile: Self.content) }
        return N8NSituation(settings: loaded, launcher: launcher, n8n: n8n).findings
    }

    private struct Missing: Error, CustomStringConvertible {
        var description: String { "no such file" }
    }

    /// Files for variables that end in `_FILE`.
    private static func content(of path: String) throws -> String {
        let files = ["/line": "t\n", "/bare": "t", "/number": " 300\n", "/other": "u"]
        guard let text = files[path] else { throw Missing() }
        return text
    }

    private static func status(_ topic: String, _ findings: [N8NFinding]) -> [N8NFinding.Status] {
        findings.filter { $0.topic == topic }.map(\.status)
    }

    @Test func theLauncherPassesOnWhatItsFileAllows() throws {
        let python = try #require(try Self.file(Self.launcher).runner("python"))
        let given = [
            "PATH": "/bin", "HOME": "/root", "N8N_RUNNERS_MAX_CONCURRENCY": "7", "N8N_RUNNERS_STDLIB_ALLOW": "*",
        ]
        #expect(
            python.environment(launcher: FileVariables(given, of: .launcher) { _ in "" }) == [
                "PATH": "/bin", "N8N_RUNNERS_MAX_CONCURRENCY": "7", "TERRARIUM_SOCKET": "none",
                "N8N_RUNNERS_GRANT_TOKEN": "from-the-launcher", "N8N_RUNNERS_AUTO_SHUTDOWN_TIMEOUT": "15",
                "N8N_RUNNERS_TASK_TIMEOUT": "60", "N8N_RUNNERS_TASK_BROKER_URI": "http://127.0.0.1:5679",
                "N8N_RUNNERS_HEALTH_CHECK_SERVER_ENABLED": "true", "N8N_RUNNERS_HEALTH_CHECK_SERVER_PORT": "5682",
            ]
        )
    }

    @Test func aVariableThatDoesNotReachTheRunnerIsNamed() throws {
        let environment = [
            "N8N_RUNNERS_AUTH_TOKEN": "t", "N8N_RUNNERS_STDLIB_ALLOW": "re", "N8N_RUNNERS_MAX_CONCURRENCY": "7",
        ]
        let findings = try Self.findings(environment, launcher: Self.launcher)
        let notes = findings.filter { $0.topic == "launcher" && $0.status == .note }
        #expect(notes.map(\.finding) == ["N8N_RUNNERS_STDLIB_ALLOW is set and does not reach the runner"])
        #expect(Self.status("javascript", findings) == [.ok])
        // Without the launcher every variable counts.
        let direct = try Self.findings(environment)
        #expect(direct.contains { $0.finding == "re (environment, N8N_RUNNERS_STDLIB_ALLOW)" })
        #expect(Self.status("javascript", direct) == [.note])
    }

    @Test(arguments: [
        (#"{"task-runners": []}"#, "launcher"),
        (#"{"task-runners": [{"runner-type": "python", "command": "/opt/venv/bin/python"}]}"#, "launcher"),
        (#"{"task-runners": [{"runner-type": "python", "command": "/usr/bin/terrarium"}]}"#, "javascript"),
    ])
    func aLauncherWithoutARunnerIsAProblem(file: String, topic: String) throws {
        #expect(Self.status(topic, try Self.findings([:], launcher: file)).contains(.problem))
        #expect(!Self.status(topic, try Self.findings([:], launcher: Self.launcher)).contains(.problem))
    }

    @Test(arguments: ["{}", "[]", "{", #"{"task-runners": {}}"#])
    func anotherFileIsNotTheLaunchers(_ text: String) {
        #expect(throws: CommandError.self) { try Self.file(text) }
    }

    @Test func n8nsOwnVariablesAreCompared() throws {
        let own = ["N8N_RUNNERS_AUTH_TOKEN": "t", "N8N_RUNNERS_TASK_TIMEOUT": "300"]
        let unset = ["N8N_RUNNERS_MODE": "external", "N8N_RUNNERS_AUTH_TOKEN": "t"]
        // Its default depends on the version of n8n.
        #expect(Self.status("time limit", try Self.findings(own, n8n: unset)) == [.note])
        let n8n = unset.merging(["N8N_RUNNERS_TASK_TIMEOUT": "300"]) { $1 }
        let same = try Self.findings(own, n8n: n8n)
        for topic in ["n8n's mode", "auth token", "time limit", "largest message"] {
            #expect(Self.status(topic, same) == [.ok], "\(topic)")
        }
        let changes = [
            ("n8n's mode", "N8N_RUNNERS_MODE", "internal"), ("auth token", "N8N_RUNNERS_AUTH_TOKEN", "other"),
            ("time limit", "N8N_RUNNERS_TASK_TIMEOUT", "60"), ("largest message", "N8N_RUNNERS_MAX_PAYLOAD", "1000000"),
        ]
        for (topic, name, value) in changes {
            let findings = try Self.findings(own, n8n: n8n.merging([name: value]) { $1 })
            #expect(Self.status(topic, findings) == [.problem], "\(topic)")
            #expect(findings.count { $0.status == .problem } == 1)
        }
    }

    @Test(arguments: [
        // Line breaks at the end of a file belong to n8n's token, and not to the runner's or the launcher's.
        ("/line", "/bare", N8NFinding.Status.ok), ("/bare", "/bare", .ok), ("/line", "/line", .problem),
        ("/line", "/other", .problem),
    ])
    func tokensInFilesAreCompared(own: String, n8n: String, status: N8NFinding.Status) throws {
        for launcher in [nil, Self.launcher] {
            let findings = try Self.findings(
                ["N8N_RUNNERS_AUTH_TOKEN_FILE": own],
                launcher: launcher,
                n8n: ["N8N_RUNNERS_AUTH_TOKEN_FILE": n8n]
            )
            #expect(Self.status("auth token", findings) == [status])
            let names = findings.contains { $0.finding.contains("ends with a line break") }
            #expect(names == (n8n == "/line"))
        }
    }

    @Test func n8nTakesAVariableAheadOfItsFileUnlessItIsEmpty() throws {
        func status(_ value: String) throws -> [N8NFinding.Status] {
            let n8n = ["N8N_RUNNERS_AUTH_TOKEN": value, "N8N_RUNNERS_AUTH_TOKEN_FILE": "/other"]
            return Self.status("auth token", try Self.findings(["N8N_RUNNERS_AUTH_TOKEN": "t"], n8n: n8n))
        }
        #expect(try status("t") == [.ok])
        #expect(try status("") == [.problem])
    }

    @Test func numbersInFilesAreCompared() throws {
        let own = ["N8N_RUNNERS_TASK_TIMEOUT_FILE": "/number"]
        for launcher in [nil, Self.launcher] {
            let same = try Self.findings(own, launcher: launcher, n8n: own)
            #expect(Self.status("time limit", same) == [.ok])
            let other = try Self.findings(own, launcher: launcher, n8n: ["N8N_RUNNERS_TASK_TIMEOUT": "60"])
            #expect(Self.status("time limit", other) == [.problem])
        }
    }

    @Test func aFileThatCannotBeReadIsNamed() throws {
        let gone = ["N8N_RUNNERS_AUTH_TOKEN_FILE": "/gone"]
        let launcher = try Self.findings(gone, launcher: Self.launcher)
        let problems = launcher.filter { $0.status == .problem }
        #expect(problems.map(\.finding) == ["it ignores N8N_RUNNERS_AUTH_TOKEN_FILE: no such file"])
        // n8n's file may be readable in n8n's container only.
        let n8n = try Self.findings(["N8N_RUNNERS_AUTH_TOKEN": "t"], n8n: gone)
        #expect(Self.status("n8n's variables", n8n) == [.note])
        #expect(Self.status("auth token", n8n).isEmpty)
    }

    @Test func aFileOfAVariableThatDoesNotReachTheRunnerIsNamed() throws {
        let environment = [
            "N8N_RUNNERS_STDLIB_ALLOW_FILE": "/other", "N8N_RUNNERS_AUTH_TOKEN_FILE": "/bare",
            "N8N_RUNNERS_TASK_TIMEOUT_FILE": "/number", "HOME_FILE": "/bare",
        ]
        let findings = try Self.findings(environment, launcher: Self.launcher)
        let notes = findings.filter { $0.topic == "launcher" && $0.status == .note }
        #expect(notes.map(\.finding) == ["N8N_RUNNERS_STDLIB_ALLOW_FILE is set and does not reach the runner"])
    }

    @Test func theReportIsATableOrOneJSONDocument() {
        let findings: [N8NFinding] = [.ok("a", "b"), .problem("c", "d\u{1B}[2J", "e")]
        #expect(
            N8NFinding.json(findings)
                == #"{"ok":false,"findings":[{"topic":"a","status":"ok","finding":"b"},"#
                + #"{"topic":"c","status":"problem","finding":"d\u001b[2J","remedy":"e"}]}"# + "\n"
        )
        #expect(N8NFinding.json([.note("a", "b")]).hasPrefix(#"{"ok":true,"#))
        let table = N8NFinding.table(findings, on: ScreenTests.screens[0].screen)
        #expect(table.contains("problem") && !table.contains("\u{1B}"))
    }
}
