import Settings
import Testing

@testable import Benchmarking

@Suite struct DaemonSettingsTests {
    private func loaded(_ environment: [String: String]) throws -> LoadedSettings {
        try LoadedSettings(environment: environment, readFile: { _ in "" })
    }

    /// The settings that a service reads from the text.
    private func written(_ environment: [String: String]) throws -> LoadedSettings {
        let text = DaemonSettings.text(try self.loaded(environment), socket: "/run/private/terrarium.sock")
        return try LoadedSettings(environment: [:], file: ("/run/private/runner.conf", text), readFile: { _ in "" })
    }

    @Test func everySettingOfTheOperatorIsWrittenAsTheServiceReadsIt() throws {
        let environment = [
            "TERRARIUM_STDLIB_ALLOW": "@safe, json", "N8N_RUNNERS_EXTERNAL_ALLOW": "pandas",
            "TERRARIUM_BUILTINS_DENY": "", "TERRARIUM_WARM_WORKERS": "3", "TERRARIUM_LOG_LEVEL": "debug",
            "TERRARIUM_MEMORY_LIMIT": "300M", "TERRARIUM_GRACEFUL_SHUTDOWN_TIMEOUT": "7",
        ]
        let given = try self.loaded(environment)
        let written = try self.written(environment)
        for setting in Setting.all where given.origin(of: setting) != .byDefault {
            #expect(setting.isEqual(given.settings, written.settings), "\(setting.name)")
            #expect(written.origin(of: setting) != .byDefault, "\(setting.name)")
        }
    }

    @Test func theServiceIsReachedByTheBenchmarkAlone() throws {
        let settings = try self.written([
            "TERRARIUM_SOCKET": "/run/terrarium/terrarium.sock", "TERRARIUM_SOCKET_MODE": "0666",
            "TERRARIUM_ALLOWED_UIDS": "1234", "TERRARIUM_GRANT_TOKEN": "token", "TERRARIUM_AUTH_TOKEN": "token",
            "TERRARIUM_HEALTH_CHECK_SERVER_ENABLED": "true",
        ]).settings
        #expect(settings.socket == .path("/run/private/terrarium.sock"))
        #expect(settings.socketMode == 0o600)
        #expect(settings.allowedUIDs.isEmpty)
        #expect(settings.grantToken == nil && settings.authToken == nil)
        #expect(!settings.healthCheckServerEnabled)
        // Control: a setting that is not among those is taken.
        #expect(try self.written(["TERRARIUM_QUEUE_LIMIT": "9"]).settings.queueLimit == 9)
    }

    @Test func theEnvironmentHasNoSettingAndNoOtherServiceManager() {
        let environment = DaemonSettings.environment(
            [
                "PATH": "/bin", "TZ": "Europe/Berlin", "TERRARIUM_QUEUE_LIMIT": "9",
                "N8N_RUNNERS_AUTH_TOKEN_FILE": "/x",
                "NOTIFY_SOCKET": "/run/systemd/notify", "LISTEN_FDS": "1", "WATCHDOG_USEC": "1",
            ],
            notifications: "/run/private/notify"
        )
        #expect(environment == ["PATH=/bin", "TZ=Europe/Berlin", "NOTIFY_SOCKET=/run/private/notify"])
    }
}
