import Client

/// The configuration file of n8n's launcher: which runners it starts, and with which variables.
struct LauncherFile: Equatable {
    struct Runner: Equatable {
        var type: String
        var command: String
        var healthPort: String?
        var allowedEnvironment: [String]
        var overrides: [String: String]
    }

    var runners: [Runner]

    /// - Throws: ``CommandError`` when the bytes are not a configuration of the launcher.
    init(_ bytes: [UInt8], path: String) throws(CommandError) {
        let tree: JSONTree
        do {
            tree = try JSONTree(bytes)
        } catch {
            throw .badInput("\(path) is not valid JSON: \(error)")
        }
        guard let entries = tree["task-runners"]?.elements else {
            throw .badInput("\(path) is not a configuration of n8n's launcher: it has no member \"task-runners\"")
        }
        self.runners = entries.map { entry in
            let overrides = (entry["env-overrides"]?.members ?? []).map { ($0.key, $0.value.text ?? $0.value.line) }
            return Runner(
                type: entry["runner-type"]?.text ?? "",
                command: entry["command"]?.text ?? "",
                healthPort: entry["health-check-server-port"]?.text,
                allowedEnvironment: (entry["allowed-env"]?.elements ?? []).compactMap(\.text),
                overrides: Dictionary(overrides) { $1 }
            )
        }
    }

    func runner(_ type: String) -> Runner? { self.runners.first { $0.type == type } }
}

extension LauncherFile.Runner {
    /// The variables of its own environment that the launcher passes on to every runner.
    private static let passed = ["LANG", "PATH", "TZ", "TERM"]
    /// The variables that the launcher sets itself, so that the file cannot override them.
    private static let required: Set<String> = [
        "N8N_RUNNERS_TASK_BROKER_URI", "N8N_RUNNERS_GRANT_TOKEN", "N8N_RUNNERS_HEALTH_CHECK_SERVER_ENABLED",
        "N8N_RUNNERS_HEALTH_CHECK_SERVER_PORT",
    ]

    /// The environment that a launcher with the variables `launcher` gives to this runner. In place of the grant
    /// token, which the launcher gets from the task broker, it has a placeholder.
    func environment(launcher: FileVariables) -> [String: String] {
        let allowed = Set(Self.passed + self.allowedEnvironment)
        var result = launcher.given.filter { allowed.contains($0.key) }
        // The launcher passes on these two variables always. A later version is to do so only if the file allows it.
        result["N8N_RUNNERS_AUTO_SHUTDOWN_TIMEOUT"] = launcher["N8N_RUNNERS_AUTO_SHUTDOWN_TIMEOUT"] ?? "15"
        result["N8N_RUNNERS_TASK_TIMEOUT"] = launcher["N8N_RUNNERS_TASK_TIMEOUT"] ?? "60"
        result.merge(self.overrides.filter { !Self.required.contains($0.key) }) { $1 }
        result["N8N_RUNNERS_TASK_BROKER_URI"] = launcher["N8N_RUNNERS_TASK_BROKER_URI"] ?? "http://127.0.0.1:5679"
        result["N8N_RUNNERS_HEALTH_CHECK_SERVER_ENABLED"] = "true"
        result["N8N_RUNNERS_HEALTH_CHECK_SERVER_PORT"] = self.healthPort ?? "5681"
        result["N8N_RUNNERS_GRANT_TOKEN"] = "from-the-launcher"
        return result
    }

    /// The variables that the launcher is given and this runner would understand, but does not receive. It understands the
    /// names in `known`, and each of them with `_FILE` appended.
    func dropped(_ launcher: FileVariables, known: Set<String>) -> [String] {
        let reached = Set(self.environment(launcher: launcher).keys)
        return launcher.given.keys.filter { variable in
            guard !reached.contains(variable) else { return false }
            guard !known.contains(variable) else { return true }
            guard variable.hasSuffix("_FILE") else { return false }
            let name = String(variable.dropLast("_FILE".count))
            // The launcher reads these files itself and passes on the value.
            return known.contains(name) && launcher[name] == nil
        }
        .sorted()
    }
}
