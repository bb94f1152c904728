import Foundation
import Glibc
import TestSupport
import Testing

/// Who may come in, and what they see of each other. Other users need root, to become them.
@Suite struct AccessTests {
    private static let one: UInt32 = 12345
    private static let another: UInt32 = 12346
    private static let stranger: UInt32 = 12347

    /// A daemon whose socket anybody reaches and that lets two users in.
    private static func daemon() async throws -> TestSupport.Daemon {
        let daemon = try await TestSupport.Daemon.start([
            "TERRARIUM_ALLOWED_UIDS": "\(self.one),\(self.another)", "TERRARIUM_SOCKET_MODE": "0666",
        ])
        chmod(daemon.folder.path, 0o755)
        return daemon
    }

    /// What curl, run by that user, is answered: the status and the body.
    private static func request(
        _ daemon: TestSupport.Daemon,
        as uid: UInt32,
        _ arguments: String...
    ) async throws -> (status: String, body: String) {
        guard let path = arguments.last else { return ("", "") }
        let finished = try await Programs.run(
            "/usr/bin/setpriv",
            ["--reuid=\(uid)", "--regid=\(uid)", "--clear-groups", "curl", "--silent", "--unix-socket"]
                + [daemon.socketPath, "--write-out", "\n%{http_code}"] + arguments.dropLast()
                + ["http://localhost\(path)"]
        )
        let lines = finished.output.split(separator: "\n")
        return (String(lines.last ?? ""), lines.dropLast().joined(separator: "\n"))
    }

    @Test func rootAndTheServiceItselfNeedNotBeOnTheList() async throws {
        let daemon = try await TestSupport.Daemon.start(["TERRARIUM_ALLOWED_UIDS": "3999999999"])
        #expect(try await daemon.request("GET", "/healthz").status == 200)
    }

    @Test(.enabled(if: getuid() == 0)) func whoIsNotOnTheListIsRefusedWith403AndLoggedByUserID() async throws {
        let daemon = try await Self.daemon()
        for path in ["/healthz", "/v1/tasks", "/metrics"] {
            let refused = try await Self.request(daemon, as: Self.stranger, path)
            #expect(refused.status == "403")
            #expect(refused.body.contains("\(Self.stranger)"), "\(refused.body)")
        }
        let run = try await Self.request(daemon, as: Self.stranger, "--data", #"{"code": "return []"}"#, "/v1/run")
        #expect(run.status == "403")
        #expect(daemon.log.contains("peer refused"))
        #expect(daemon.log.contains("peer.uid=\(Self.stranger)"))
        // The control: who is on it gets in.
        let welcome = try await Self.request(daemon, as: Self.one, "--data", #"{"code": "return []"}"#, "/v1/run")
        #expect(welcome.status == "200")
        #expect(!daemon.log.contains("peer.uid=\(Self.one)"))
    }

    @Test(.enabled(if: getuid() == 0)) func theHistoryOfAUserIsItsOwn() async throws {
        let daemon = try await Self.daemon()
        for (uid, code) in [(Self.one, "raise ValueError('mine')"), (Self.another, "return []")] {
            let run = try await Self.request(daemon, as: uid, "--data", "{\"code\": \"\(code)\"}", "/v1/run")
            #expect(run.status == "200")
        }
        var page = try await daemon.request("GET", "/v1/history").json
        // A task's answer goes out before it is written down.
        while page["last"] as? Int != 2 { page = try await daemon.request("GET", "/v1/history").json }
        #expect(
            (page["tasks"] as? [[String: Any]])?.compactMap { $0["outcome"] as? String } == [
                "python_error", "succeeded",
            ]
        )
        let own = try await Self.request(daemon, as: Self.one, "/v1/history").body
        #expect(own.contains("mine") && !own.contains("succeeded"), "\(own)")
        let others = try await Self.request(daemon, as: Self.another, "/v1/history?failed=false").body
        #expect(!others.contains("mine") && others.contains("succeeded"), "\(others)")
    }

    @Test(.enabled(if: getuid() == 0)) func aUserMayNotSeeAllSettings() async throws {
        let daemon = try await Self.daemon()
        let refused = try await Self.request(daemon, as: Self.one, "/v1/settings")
        #expect(refused.status == "403" && refused.body.contains("settings-forbidden"), "\(refused.body)")
        // Controls: root may, and a user may see the policy.
        let settings = try await daemon.request("GET", "/v1/settings").json["settings"] as? [[String: String]]
        #expect(settings?.contains { $0["setting"] == "TERRARIUM_ALLOWED_UIDS" } == true)
        #expect(try await Self.request(daemon, as: Self.one, "/v1/info").status == "200")
    }

    @Test(.enabled(if: getuid() == 0)) func aUserMayNotReload() async throws {
        let daemon = try await Self.daemon()
        let refused = try await Self.request(daemon, as: Self.one, "--request", "POST", "/v1/reload")
        #expect(refused.status == "403" && refused.body.contains("reload-forbidden"), "\(refused.body)")
        // The control: root may.
        #expect(try await daemon.request("POST", "/v1/reload").status == 200)
    }

    /// One user who takes all the connections it gets, while root asks for its own; then the user lets go of them.
    private static let hoarder = """
        import collections, json, os, socket, sys
        path, uid, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
        def ask(connection, method="GET", target="/healthz", body=b""):
            head = f"{method} {target} HTTP/1.1\\r\\nhost: x\\r\\ncontent-length: {len(body)}\\r\\n\\r\\n"
            try:
                connection.sendall(head.encode() + body)
                return (connection.recv(65536) or b"HTTP/1.1 closed").split()[1].decode()
            except OSError:
                return "closed"
        def connect():
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(path)
            return connection
        words, voice = os.pipe()
        cue, signal = os.pipe()
        if os.fork() == 0:
            os.close(words), os.close(signal), os.setgroups([]), os.setresgid(uid, uid, uid), os.setresuid(uid, uid, uid)
            connections = [connect() for _ in range(count)]
            answers = collections.Counter(ask(connection) for connection in connections)
            os.write(voice, json.dumps(answers).encode())
            os.read(cue, 1)
            for connection in connections: connection.close()
            while ask(connect()) != "200": pass
            os._exit(0)
        os.close(voice), os.close(cue)
        answers = json.loads(os.read(words, 65536))
        task = b'{"code": "return []"}'
        answers["root"] = [ask(connect()), ask(connect(), "GET", "/readyz")]
        answers["root"] += [ask(connect(), "POST", "/v1/run", task) for _ in range(20)]
        os.close(signal)
        answers["again"] = os.wait()[1]
        print(json.dumps(answers))
        """

    @Test(.enabled(if: getuid() == 0), .timeLimit(.minutes(10)))
    func aUserWithAllTheConnectionsItGetsLocksNobodyElseOut() async throws {
        let folder = try ScratchFolder()
        // Few descriptors, of which the service has to make use itself: it is started with less than it may have.
        try Programs.script(
            "#!/bin/sh\nulimit -S -n 64\nulimit -H -n 700\nexec \(Programs.folder)/terrarium \"$@\"\n",
            to: "\(folder.path)/terrarium"
        )
        let daemon = try await TestSupport.Daemon.start(["TERRARIUM_SOCKET_MODE": "0666"], programs: folder.path)
        chmod(daemon.folder.path, 0o755)
        let limits = try String(contentsOfFile: "/proc/\(daemon.pid)/limits", encoding: .utf8)
        #expect(
            limits.split(separator: "\n").contains {
                $0.split(separator: " ").starts(with: ["Max", "open", "files", "700", "700"])
            }
        )
        let finished = try await Programs.run(
            "/usr/bin/python3",
            ["-c", Self.hoarder, daemon.socketPath, "\(Self.one)", "900"]
        )
        let answers = try #require(
            try JSONSerialization.jsonObject(with: Data(finished.output.utf8)) as? [String: Any],
            "\(finished.output) \(finished.errors)"
        )
        // Half of what is left of the descriptors when the workers have theirs; the rest is told so, or not even that.
        let most = try #require(
            daemon.log.split(separator: "connections.maximum=").dropFirst().first.flatMap {
                Int($0.prefix { $0.isNumber })
            },
            "\(daemon.log)"
        )
        #expect((200..<640).contains(most))
        #expect(answers["200"] as? Int == most / 2)
        #expect(answers["429"] as? Int ?? 0 > 0)
        #expect(answers["root"] as? [String] == Array(repeating: "200", count: 22), "\(daemon.log)")
        #expect(answers["again"] as? Int == 0)
    }

    @Test(.enabled(if: getuid() == 0)) func theCommandLineSaysWhoWasRefused() async throws {
        let programs = try ProgramCopies()
        let daemon = try await Self.daemon()
        let user = "\(Self.stranger)"
        let refused = try await Programs.run(
            "/usr/bin/setpriv",
            ["--reuid=\(user)", "--regid=\(user)", "--clear-groups", "\(programs.folder.path)/terrarium", "tasks"],
            environment: ["TERRARIUM_SOCKET": daemon.socketPath]
        )
        #expect(refused.status == 3)
        #expect(refused.errors.contains(user))
    }

    @Test(.enabled(if: getuid() == 0)) func theCommandLineSaysWhatKeepsAUserFromTheSocket() async throws {
        let programs = try ProgramCopies()
        let daemon = try await TestSupport.Daemon.start(["TERRARIUM_SOCKET_MODE": "0600"])
        let user = "\(Self.stranger)"
        func refusal(status: Int32 = 3) async throws -> String {
            let refused = try await Programs.run(
                "/usr/bin/setpriv",
                ["--reuid=\(user)", "--regid=\(user)", "--clear-groups", "\(programs.folder.path)/terrarium", "tasks"],
                environment: ["TERRARIUM_SOCKET": daemon.socketPath]
            )
            #expect(refused.status == status)
            return refused.errors
        }
        let start = "error: you may not connect to \(daemon.socketPath); "
        #expect(
            try await refusal()
                == start + "a folder on the way to it is closed to you, so it is another user's service\n"
        )
        chmod(daemon.folder.path, 0o755)
        #expect(try await refusal() == start + "its owner, root, lets no group in (mode 0600)\n")
        // Advice to join root's group is not given.
        chmod(daemon.socketPath, 0o660)
        #expect(try await refusal() == start + "it belongs to root's group (mode 0660)\n")
        chown(daemon.socketPath, 0, 1)
        let advice = "join the group daemon (sudo usermod -aG daemon \(user)), then log in again\n"
        #expect(try await refusal() == start + advice)
        // The control: with the mode that lets everybody in, nothing is refused.
        chmod(daemon.socketPath, 0o666)
        #expect(try await refusal(status: 0).isEmpty)
    }

    @Test(.enabled(if: getuid() == 0)) func aPeerSeesAndCancelsOnlyItsOwnTasks() async throws {
        let daemon = try await Self.daemon()
        async let answer = Self.request(
            daemon,
            as: Self.one,
            "--data",
            #"{"code": "import time\ntime.sleep(60)\nreturn []", "label": "own"}"#,
            "/v1/run"
        )
        // Root sees everybody's: that is how this knows that the task runs.
        var tasks: [[String: Any]] = []
        while tasks.first?["state"] as? String != "running" {
            tasks = try await daemon.request("GET", "/v1/tasks").json["tasks"] as? [[String: Any]] ?? []
        }
        #expect(tasks.first?["peer_uid"] as? Int == Int(Self.one))
        let id = try #require(tasks.first?["id"] as? String)

        let seenByAnother = try await Self.request(daemon, as: Self.another, "/v1/tasks")
        #expect(seenByAnother.status == "200")
        #expect(!seenByAnother.body.contains(id) && !seenByAnother.body.contains("own"), "\(seenByAnother.body)")
        let notTheirs = try await Self.request(daemon, as: Self.another, "--request", "DELETE", "/v1/tasks/\(id)")
        #expect(notTheirs.status == "404")
        let unknown = try await Self.request(daemon, as: Self.another, "--request", "DELETE", "/v1/tasks/none")
        #expect(unknown.status == "404")

        let seen = try await Self.request(daemon, as: Self.one, "/v1/tasks")
        #expect(seen.body.contains(id) && seen.body.contains("running"), "\(seen.body)")
        let cancelled = try await Self.request(daemon, as: Self.one, "--request", "DELETE", "/v1/tasks/\(id)")
        #expect(cancelled.status == "202")
        let end = try await answer
        #expect(end.status == "200")
        #expect(end.body.contains(#""outcome":"cancelled""#), "\(end.body)")
    }
}
