import Settings

/// The settings of a measured service: the operator's settings, adapted to a service that only one benchmark uses.
enum DaemonSettings {
    /// The service ends after this many seconds without a task, in case the benchmark was killed.
    private static let idleLimit = "300"

    /// Settings of the operator that are not copied: those for the access of clients, n8n and n8n's launcher.
    private static let omitted: Set = [
        "SOCKET", "SOCKET_MODE", "ALLOWED_UIDS", "AUTO_SHUTDOWN_TIMEOUT", "GRANT_TOKEN", "AUTH_TOKEN",
        "HEALTH_CHECK_SERVER_ENABLED",
    ]

    /// A configuration file with every setting that is not at its default.
    static func text(_ loaded: LoadedSettings, socket: String) -> String {
        var values = ["SOCKET": socket, "SOCKET_MODE": "0600", "AUTO_SHUTDOWN_TIMEOUT": self.idleLimit]
        for setting in Setting.all where !self.omitted.contains(setting.name) && !setting.isSecret {
            if loaded.origin(of: setting) != .byDefault {
                values[setting.name] = setting.text(in: loaded.settings)
            } else if setting.name == "LOG_LEVEL" {
                values[setting.name] = "warning"
            }
        }
        return Setting.all.compactMap { setting in
            values[setting.name].map { "\(setting.variable)=\"\($0)\"\n" }
        }
        .joined()
    }

    /// The environment of the service: `environment` without settings and without another service manager's variables.
    static func environment(_ environment: [String: String], notifications: String) -> [String] {
        let variables = Set(Setting.all.flatMap(\.variables).flatMap { [$0, "\($0)_FILE"] })
        let manager = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]
        return environment.filter { !variables.contains($0.key) && !manager.contains($0.key) }
            .map { "\($0.key)=\($0.value)" }.sorted() + ["NOTIFY_SOCKET=\(notifications)"]
    }
}
