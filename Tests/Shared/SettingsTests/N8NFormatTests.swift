import Settings
import Tasks
import Testing

/// Values under n8n's names: whatever n8n's runner and launcher start with, we start with.
@Suite struct N8NFormatTests {
    private func load(
        _ environment: [String: String],
        file: String? = nil,
        files: [String: String] = [:]
    ) throws -> LoadedSettings {
        struct NoSuchFile: Error {}
        return try LoadedSettings(environment: environment, file: file.map { ("runner.conf", $0) }) { path in
            guard let content = files[path] else { throw NoSuchFile() }
            return content
        }
    }

    /// Checks that the value is taken under n8n's name, with or without a warning, and refused under ours.
    private func check<Value: Equatable>(
        _ name: String,
        _ text: String,
        _ path: KeyPath<ServiceSettings, Value>,
        is value: Value,
        warns: Bool,
        ours: String?,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let loaded = try self.load([name: text])
        #expect(loaded.settings[keyPath: path] == value, "\(name)=\(text)", sourceLocation: sourceLocation)
        #expect(loaded.warnings.isEmpty != warns, "\(name)=\(text): \(loaded.warnings)", sourceLocation: sourceLocation)
        guard let ours else { return }
        #expect(throws: SettingsError.self, "\(ours)=\(text)", sourceLocation: sourceLocation) {
            try self.load([ours: text])
        }
    }

    @Test(arguments: [
        ("INFO", ServiceSettings.LogLevel.info, false), ("Debug", .debug, false), ("WARN", .warning, false),
        ("warn", .warning, false), ("ERROR", .error, false), ("FATAL", .critical, false), ("NOTSET", .trace, false),
        (" info\n", .info, false), ("", .info, false), ("verbose", .info, true), ("20", .info, true),
    ]) func logLevelsAreReadInAnyCaseAndUnknownOnesAreInfo(
        text: String,
        level: ServiceSettings.LogLevel,
        warns: Bool
    ) throws {
        let name = "N8N_RUNNERS_LAUNCHER_LOG_LEVEL"
        let isOurs = text == "warn"
        try self.check(name, text, \.logLevel, is: level, warns: warns, ours: isOurs ? nil : "TERRARIUM_LOG_LEVEL")
    }

    @Test(arguments: [
        ("true", true, false), ("TRUE", true, false), ("1", true, false), (" True ", true, false),
        ("false", false, false), ("False", false, false), ("0", false, false), ("", false, false), ("yes", false, true),
    ]) func booleansAreReadInAnyCaseAndAsDigits(text: String, value: Bool, warns: Bool) throws {
        try self.check(
            "N8N_RUNNERS_HEALTH_CHECK_SERVER_ENABLED",
            text,
            \.healthCheckServerEnabled,
            is: value,
            warns: warns,
            ours: ["true", "false"].contains(text) ? nil : "TERRARIUM_HEALTH_CHECK_SERVER_ENABLED"
        )
    }

    @Test(arguments: [
        ("FALSE", false, false), ("0", false, false), ("1", true, false), ("", true, true), ("off", true, true),
    ])
    func aTextThatIsNotABooleanNeverShowsTheEnvironment(text: String, value: Bool, warns: Bool) throws {
        let name = "N8N_BLOCK_RUNNER_ENV_ACCESS"
        try self.check(name, text, \.blocksEnvironmentAccess, is: value, warns: warns, ours: nil)
    }

    @Test(arguments: [
        (" 7 ", 7, false), ("+7\n", 7, false), ("1_000", 1000, false), ("007", 7, false), ("0", 1, true),
        ("-1", 1, true), ("5000", 1000, true), ("99999999999999999999", 1000, true),
        ("-99999999999999999999", 1, true),
    ]) func numbersAreReadAsPythonReadsThem(text: String, value: Int, warns: Bool) throws {
        try self.check(
            "N8N_RUNNERS_MAX_CONCURRENCY",
            text,
            \.maximumConcurrency,
            is: value,
            warns: warns,
            ours: text == "007" ? nil : "TERRARIUM_MAX_CONCURRENCY"
        )
    }

    @Test func sizesAndTimesOutOfRangeBecomeTheNearest() throws {
        let payload = "N8N_RUNNERS_MAX_PAYLOAD"
        try self.check(payload, "4294967295", \.maximumPayload, is: 2 << 30, warns: true, ours: "TERRARIUM_MAX_PAYLOAD")
        try self.check(payload, " 64M", \.maximumPayload, is: 64 << 20, warns: false, ours: "TERRARIUM_MAX_PAYLOAD")
        let timeout = "N8N_RUNNERS_TASK_TIMEOUT"
        try self.check(timeout, " 300 ", \.taskTimeout, is: .seconds(300), warns: false, ours: "TERRARIUM_TASK_TIMEOUT")
        try self.check(
            timeout,
            "99999999999999999999",
            \.taskTimeout,
            is: .seconds(604_800),
            warns: true,
            ours: "TERRARIUM_TASK_TIMEOUT"
        )
        try self.check(timeout, "1.5", \.taskTimeout, is: .milliseconds(1500), warns: false, ours: nil)
        try self.check(
            "N8N_RUNNERS_GRACEFUL_SHUTDOWN_TIMEOUT",
            "7200",
            \.gracefulShutdownTimeout,
            is: .seconds(3600),
            warns: true,
            ours: "TERRARIUM_GRACEFUL_SHUTDOWN_TIMEOUT"
        )
    }

    /// n8n's runner does not start with these.
    @Test(arguments: [
        ("MAX_CONCURRENCY", ""), ("MAX_CONCURRENCY", "five"), ("MAX_CONCURRENCY", "5.0"), ("MAX_CONCURRENCY", "1__0"),
        ("MAX_CONCURRENCY", "_1"), ("MAX_CONCURRENCY", "1_"), ("MAX_CONCURRENCY", "- 1"), ("MAX_PAYLOAD", "1GB"),
        ("TASK_TIMEOUT", "0"), ("TASK_TIMEOUT", "-1"), ("TASK_TIMEOUT", " "), ("AUTO_SHUTDOWN_TIMEOUT", "-1"),
        ("GRACEFUL_SHUTDOWN_TIMEOUT", "-5"), ("HEALTH_CHECK_SERVER_PORT", "65536"), ("HEALTH_CHECK_SERVER_PORT", "-1"),
        ("HEALTH_CHECK_SERVER_PORT", ""), ("STDLIB_ALLOW", "*,re"), ("STDLIB_ALLOW", " re , * "),
        ("TASK_BROKER_URI", ""), ("TASK_BROKER_URI", "127.0.0.1:5679"), ("GRANT_TOKEN", "a\nb"),
    ]) func whatN8NRefusesIsRefused(name: String, text: String) {
        let error = #expect(throws: SettingsError.self) { try self.load(["N8N_RUNNERS_\(name)": text]) }
        #expect(error?.description.contains("N8N_RUNNERS_\(name)") == true)
    }

    @Test func portZeroIsAnyFreePortUnderBothNames() throws {
        for name in ["N8N_RUNNERS_HEALTH_CHECK_SERVER_PORT", "TERRARIUM_HEALTH_CHECK_SERVER_PORT"] {
            try self.check(name, "0", \.healthCheckServerPort, is: 0, warns: false, ours: nil)
        }
        let padded = "N8N_RUNNERS_HEALTH_CHECK_SERVER_PORT"
        try self.check(padded, " 5682 ", \.healthCheckServerPort, is: 5682, warns: false, ours: nil)
    }

    /// The cases of the fixture that n8n's own two parsers share, and names that allow nothing there either.
    @Test(arguments: [
        ("", [], false), ("   ", [], false), ("re", ["re"], false), ("re,json", ["re", "json"], false),
        ("re, json ,math", ["re", "json", "math"], false), ("re,,json,", ["re", "json"], false),
        ("re,re,json", ["re", "json"], false), ("RE", ["RE"], false), ("os.path", ["os.path"], false),
        ("*", ["*"], false), ("re\n,\u{3000}json", ["re", "json"], false), ("@safe", ["@safe"], false),
        ("re,scikit-learn,@sfe", ["re"], true), ("a b", [], true),
    ]) func allowlistsAreReadAsN8NReadsThem(text: String, names: [String], warns: Bool) throws {
        let name = "N8N_RUNNERS_STDLIB_ALLOW"
        try self.check(
            name,
            text,
            \.standardLibraryAllow,
            is: names,
            warns: warns,
            ours: warns ? "TERRARIUM_STDLIB_ALLOW" : nil
        )
    }

    @Test func aSkippedNameIsNamed() throws {
        let loaded = try self.load([
            "N8N_RUNNERS_EXTERNAL_ALLOW": "pandas,scikit-learn", "N8N_RUNNERS_BUILTINS_DENY": "a;b,c",
        ])
        #expect(loaded.settings.externalAllow == ["pandas"])
        #expect(loaded.settings.builtinsDeny == ["c"])
        #expect(
            loaded.warnings.map(\.description) == [
                "N8N_RUNNERS_EXTERNAL_ALLOW=\"pandas,scikit-learn\": not the name of a module, so skipped: \"scikit-learn\"",
                "N8N_RUNNERS_BUILTINS_DENY=\"a;b,c\": not the name of a built-in, so skipped: \"a;b\"",
            ]
        )
    }

    @Test func addressesAreTrimmedAndTheirSchemeIsReadInAnyCase() throws {
        let name = "N8N_RUNNERS_TASK_BROKER_URI"
        let ours = "TERRARIUM_TASK_BROKER_URI"
        try self.check(name, " HTTP://n8n:5679\n", \.taskBrokerURI, is: "http://n8n:5679", warns: false, ours: ours)
        try self.check(name, "wss://n8n", \.taskBrokerURI, is: "https://n8n", warns: false, ours: ours)
        let host = "N8N_RUNNERS_HEALTH_CHECK_SERVER_HOST"
        let ourHost = "TERRARIUM_HEALTH_CHECK_SERVER_HOST"
        try self.check(host, " 127.0.0.1 ", \.healthCheckServerHost, is: "127.0.0.1", warns: false, ours: ourHost)
        try self.check(host, "", \.healthCheckServerHost, is: "0.0.0.0", warns: true, ours: ourHost)
    }

    @Test func tokensAreReadAsTheProgramThatUsesThemReadsThem() throws {
        // Into a header, by n8n's runner.
        let grant = "N8N_RUNNERS_GRANT_TOKEN"
        try self.check(grant, " abc ", \.grantToken, is: "abc", warns: false, ours: "TERRARIUM_GRANT_TOKEN")
        // Into a JSON body, by the launcher, and compared as it is.
        let auth = "N8N_RUNNERS_AUTH_TOKEN"
        try self.check(auth, "two words ", \.authToken, is: "two words ", warns: false, ours: "TERRARIUM_AUTH_TOKEN")
        let file = try self.load(["\(auth)_FILE": "/t", "\(grant)_FILE": "/t"], files: ["/t": " s3cret \r\n\n"])
        #expect(file.settings.authToken == " s3cret ")
        #expect(file.settings.grantToken == "s3cret")
    }

    @Test func ofAVariableAndItsFileTheOneThatN8NTakesIsTaken() throws {
        let runner = try self.load(["N8N_RUNNERS_TASK_TIMEOUT": "5", "N8N_RUNNERS_TASK_TIMEOUT_FILE": "/nowhere"])
        #expect(runner.settings.taskTimeout == .seconds(5))
        #expect(
            runner.warnings.map(\.description)
                == ["N8N_RUNNERS_TASK_TIMEOUT_FILE: ignored, since N8N_RUNNERS_TASK_TIMEOUT is given as well"]
        )
        let launcher = try self.load(
            ["N8N_RUNNERS_AUTH_TOKEN": "direct", "N8N_RUNNERS_AUTH_TOKEN_FILE": "/t"],
            files: ["/t": "filed\n"]
        )
        #expect(launcher.settings.authToken == "filed")
        #expect(launcher.warnings.map(\.variable) == ["N8N_RUNNERS_AUTH_TOKEN"])
        #expect(!launcher.warnings.map(\.description).joined().contains("direct"))
    }

    @Test func warningsAreThoseOfTheValuesInForce() throws {
        let overridden = try self.load(["N8N_RUNNERS_LAUNCHER_LOG_LEVEL": "silly", "TERRARIUM_LOG_LEVEL": "error"])
        #expect(overridden.settings.logLevel == .error)
        #expect(overridden.warnings.isEmpty)
        let placed = try self.load([:], file: "\nN8N_RUNNERS_LAUNCHER_LOG_LEVEL=silly\u{2028}")
        #expect(
            placed.warnings.map(\.description) == [
                "runner.conf:2: N8N_RUNNERS_LAUNCHER_LOG_LEVEL=\"silly\\u{2028}\": is not a log level; info is used"
            ]
        )
    }

    @Test func everyDefaultIsReadBackUnderN8NsName() throws {
        for setting in Setting.all {
            for variable in setting.variables where variable.hasPrefix("N8N_") && !setting.isSecret {
                var loaded = try self.load([variable: setting.defaultText])
                // Messages name the variable; the values are those of the defaults.
                loaded.settings.policyVariables = ServiceSettings().policyVariables
                #expect(loaded.settings == ServiceSettings(), "\(variable)")
                #expect(loaded.warnings.isEmpty, "\(variable)")
            }
        }
    }
}
