import Settings
import Tasks
import Text

/// What `terrarium n8n check` knows from files and variables alone: the runner's settings, the launcher's file, and
/// n8n's own variables. ``findings`` compares them without a request to another process.
struct N8NSituation {
    var settings: LoadedSettings
    /// The launcher's file and its variables; nil where a runner starts without one.
    var launcher: (file: LauncherFile, variables: FileVariables)?
    /// n8n's own variables; nil when they are not known.
    var n8n: FileVariables?

    var findings: [N8NFinding] {
        self.warnings + self.launcherFindings + [self.javaScript] + self.modules + self.limits + self.comparison
    }

    private var warnings: [N8NFinding] {
        self.settings.warnings.map { .note("settings", $0.description) }
    }

    private var launcherFindings: [N8NFinding] {
        guard let (launcher, variables) = self.launcher else { return [] }
        guard let python = launcher.runner("python") else {
            return [.problem("launcher", "its file has no entry for python", "add the one of python-runner.json")]
        }
        let name = python.command.split(separator: "/").last ?? ""
        guard name == "terrarium" else {
            return [
                .problem(
                    "launcher",
                    "its entry for python starts \(python.command), which is not Terrarium",
                    "replace the entry by that of python-runner.json"
                )
            ]
        }
        let known = Set(Setting.all.flatMap(\.variables)).subtracting(Self.launchersOwn)
        return [.ok("launcher", "starts \(python.command) for python")]
            + variables.faults.map {
                .problem(
                    "launcher",
                    "it ignores \($0.variable): \($0.reason)",
                    "name a file that the launcher can read"
                )
            }
            + python.dropped(variables, known: known).map {
                .note("launcher", "\($0) is set and does not reach the runner", "add it to allowed-env")
            }
    }

    /// Variables that the launcher reads itself, so that they need not reach the runner.
    private static let launchersOwn: Set<String> = ["N8N_RUNNERS_AUTH_TOKEN"]

    private var javaScript: N8NFinding {
        guard let launcher = self.launcher?.file else {
            return .note(
                "javascript",
                "this service runs Python only: JavaScript waits until n8n's own runner is connected to the same task broker"
            )
        }
        guard let runner = launcher.runner("javascript") else {
            return .problem(
                "javascript",
                "the launcher's file has no entry for it, and its Code nodes would wait for a runner",
                "add n8n's entry, or run the JavaScript runner elsewhere"
            )
        }
        return .ok("javascript", "n8n's runner, which the launcher starts: \(runner.command)")
    }

    private var modules: [N8NFinding] {
        [
            ("STDLIB_ALLOW", "standard library"), ("EXTERNAL_ALLOW", "packages"), ("BUILTINS_DENY", "denied built-ins"),
        ]
        .compactMap { name, topic in
            guard let setting = Setting.all.first(where: { $0.name == name }) else { return nil }
            let value = setting.text(in: self.settings.settings)
            return .ok(topic, "\(value.isEmpty ? "none" : value) (\(self.settings.origin(of: setting)))")
        }
    }

    private var limits: [N8NFinding] {
        let limits = self.settings.settings.limits
        let grows =
            limits.memoryCeiling > limits.memory
            ? " and 12 times the size of its items, up to \(ByteText.text(limits.memoryCeiling))" : ""
        return [.ok("memory", "a task may use \(ByteText.text(limits.memory))\(grows)")]
    }

    private var comparison: [N8NFinding] {
        let settings = self.settings.settings
        guard let n8n = self.n8n else {
            let timeout = Self.seconds(settings.taskTimeout)
            return [
                .note(
                    "time limit",
                    "\(timeout) here; n8n has a limit of its own (300 s, 60 s from n8n 3.0), and the shorter one ends a task",
                    "set N8N_RUNNERS_TASK_TIMEOUT to one value in both; --n8n-env compares them"
                )
            ]
        }
        return n8n.faults.map { .note("n8n's variables", "\($0.variable) is not compared: \($0.reason)") }
            + [self.mode(n8n), self.token(n8n), self.timeout(n8n), self.payload(n8n)].compactMap(\.self)
    }

    private func mode(_ n8n: FileVariables) -> N8NFinding {
        switch n8n["N8N_RUNNERS_MODE"] {
        case "external"?: .ok("n8n's mode", "external")
        case let mode:
            .problem(
                "n8n's mode",
                "\(mode ?? "not set"): before n8n 3.0 n8n then starts runners itself",
                "set N8N_RUNNERS_MODE=external in n8n"
            )
        }
    }

    private func token(_ n8n: FileVariables) -> N8NFinding? {
        let own = self.launcher.map { $0.variables["N8N_RUNNERS_AUTH_TOKEN"] } ?? self.settings.settings.authToken
        guard let own, let theirs = n8n["N8N_RUNNERS_AUTH_TOKEN"] else { return nil }
        guard own != theirs else { return .ok("auth token", "the same in n8n") }
        guard own != FileVariables.withoutLineBreaksAtEnd(theirs) else {
            return .problem(
                "auth token",
                "n8n's N8N_RUNNERS_AUTH_TOKEN_FILE ends with a line break, which n8n takes as part of the token",
                "write n8n's file without a line break, for instance with printf %s"
            )
        }
        return .problem("auth token", "n8n has another one", "set N8N_RUNNERS_AUTH_TOKEN to one value in both")
    }

    private func timeout(_ n8n: FileVariables) -> N8NFinding {
        let own = self.settings.settings.taskTimeout
        guard let number = n8n.number("N8N_RUNNERS_TASK_TIMEOUT") else {
            return .note(
                "time limit",
                "\(Self.seconds(own)) here, and not set in n8n, which then has 300 s (60 s from n8n 3.0)",
                "set N8N_RUNNERS_TASK_TIMEOUT to one value in both"
            )
        }
        let theirs = Duration.seconds(number)
        guard own != theirs else { return .ok("time limit", "\(Self.seconds(own)), as in n8n") }
        return .problem(
            "time limit",
            "\(Self.seconds(own)) here and \(Self.seconds(theirs)) in n8n: the shorter one ends a task",
            "set N8N_RUNNERS_TASK_TIMEOUT to one value in both"
        )
    }

    private static func seconds(_ duration: Duration) -> String { "\(SettingText.seconds(duration)) s" }

    private func payload(_ n8n: FileVariables) -> N8NFinding {
        let own = self.settings.settings.maximumPayload
        let theirs = n8n.number("N8N_RUNNERS_MAX_PAYLOAD") ?? 1 << 30
        guard own != theirs else { return .ok("largest message", "\(ByteText.text(own)), as in n8n") }
        return .problem(
            "largest message",
            "\(ByteText.text(own)) here and \(ByteText.text(theirs)) in n8n: a larger message closes the connection",
            "set N8N_RUNNERS_MAX_PAYLOAD to one value in both"
        )
    }
}
