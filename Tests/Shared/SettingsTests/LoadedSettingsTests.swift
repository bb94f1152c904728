import Settings
import Tasks
import Testing

/// Loads settings with files made of strings.
private func load(
    _ environment: [String: String] = [:],
    file: String? = nil,
    files: [String: String] = [:]
) throws(SettingsError) -> LoadedSettings {
    struct NoSuchFile: Error, CustomStringConvertible {
        let description = "no such file"
    }
    return try LoadedSettings(environment: environment, file: file.map { ("runner.conf", $0) }) { path in
        guard let content = files[path] else { throw NoSuchFile() }
        return content
    }
}

private func message(_ environment: [String: String] = [:], file: String? = nil) -> String? {
    do {
        _ = try load(environment, file: file)
        return nil
    } catch {
        return error.description
    }
}

private func setting(_ name: String) throws -> Setting {
    try #require(Setting.all.first { $0.name == name })
}

@Suite struct LoadedSettingsTests {
    @Test func nothingGivenMeansTheDefaults() throws {
        let loaded = try load(["PATH": "/bin", "N8N_RUNNERS_UNKNOWN_TO_US": "x"])
        #expect(loaded.settings == ServiceSettings())
        #expect(loaded.settings.limits.cpu == .seconds(60))
        #expect(Setting.all.allSatisfy { loaded.origin(of: $0) == .byDefault })
    }

    @Test func everyDefaultTextIsReadBackAsTheDefault() throws {
        for setting in Setting.all {
            let loaded = try load([setting.variable: setting.defaultText])
            #expect(loaded.settings == ServiceSettings(), "\(setting.name)")
            #expect(setting.text(in: loaded.settings) == setting.defaultText)
            #expect(loaded.origin(of: setting) == .environment(variable: setting.variable))
        }
    }

    @Test func namesAreUnique() {
        let variables = Setting.all.flatMap(\.variables)
        #expect(Set(variables).count == variables.count)
        #expect(Set(Setting.all.map(\.name)).count == Setting.all.count)
    }

    @Test func ourNameWinsOverN8NsAndTheEnvironmentOverTheFile() throws {
        let concurrency = try setting("MAX_CONCURRENCY")
        let both = try load(["TERRARIUM_MAX_CONCURRENCY": "7", "N8N_RUNNERS_MAX_CONCURRENCY": "8"])
        #expect(both.settings.maximumConcurrency == 7)
        let crossed = try load(["N8N_RUNNERS_MAX_CONCURRENCY": "8"], file: "TERRARIUM_MAX_CONCURRENCY=9")
        #expect(crossed.settings.maximumConcurrency == 8)
        #expect(crossed.origin(of: concurrency) == .environment(variable: "N8N_RUNNERS_MAX_CONCURRENCY"))
        let file = try load(file: "\nTERRARIUM_MAX_CONCURRENCY=9\nN8N_RUNNERS_MAX_CONCURRENCY=10")
        #expect(file.settings.maximumConcurrency == 9)
        #expect(
            file.origin(of: concurrency)
                == .file(variable: "TERRARIUM_MAX_CONCURRENCY", .init(path: "runner.conf", line: 2))
        )
    }

    @Test func messagesNameTheVariableThatSetAList() throws {
        func variable(_ environment: [String: String], file: String? = nil) throws -> String {
            try load(environment, file: file).settings.policyVariables.standardLibraryAllow
        }
        #expect(try variable([:]) == "TERRARIUM_STDLIB_ALLOW")
        #expect(try variable(["N8N_RUNNERS_STDLIB_ALLOW": "json"]) == "N8N_RUNNERS_STDLIB_ALLOW")
        let both = ["N8N_RUNNERS_STDLIB_ALLOW": "json", "TERRARIUM_STDLIB_ALLOW": "re"]
        #expect(try variable(both) == "TERRARIUM_STDLIB_ALLOW")
        #expect(try variable([:], file: "N8N_RUNNERS_STDLIB_ALLOW=json\n") == "N8N_RUNNERS_STDLIB_ALLOW")
        // Nothing set: n8n's name for an operator who uses n8n's names.
        #expect(try variable(["N8N_RUNNERS_AUTH_TOKEN": "x"]) == "N8N_RUNNERS_STDLIB_ALLOW")
        #expect(try variable(["TERRARIUM_AUTH_TOKEN": "x"]) == "TERRARIUM_STDLIB_ALLOW")
    }

    @Test func aValueThatIsOverriddenIsCheckedAllTheSame() {
        #expect(message(["TERRARIUM_QUEUE_LIMIT": "1"], file: "TERRARIUM_QUEUE_LIMIT=many") != nil)
    }

    @Test func aSecretComesFromAFileWithoutItsLineBreakAndIsNeverShown() throws {
        let loaded = try load(["N8N_RUNNERS_AUTH_TOKEN_FILE": "/run/token"], files: ["/run/token": "s3cret\n"])
        #expect(loaded.settings.authToken == "s3cret")
        let token = try setting("AUTH_TOKEN")
        #expect(token.isSecret)
        #expect(token.text(in: loaded.settings) == "<redacted>")
        let wrong = try #require(message(["TERRARIUM_GRANT_TOKEN": "two words"]))
        #expect(wrong.contains("TERRARIUM_GRANT_TOKEN"))
        #expect(!wrong.contains("two words"))
        #expect(try load(["TERRARIUM_GRANT_TOKEN": ""]).settings.grantToken == nil)
    }

    @Test func aValueFromAFileThatCannotBeReadOrIsGivenTwiceIsRefused() {
        #expect(
            message(["TERRARIUM_AUTH_TOKEN_FILE": "/nowhere"])
                == "TERRARIUM_AUTH_TOKEN_FILE: cannot read \"/nowhere\": no such file"
        )
        #expect(
            message(["TERRARIUM_AUTH_TOKEN_FILE": "/nowhere", "TERRARIUM_AUTH_TOKEN": "x"])
                == "TERRARIUM_AUTH_TOKEN_FILE: given twice, also as TERRARIUM_AUTH_TOKEN; remove one"
        )
    }

    @Test func anEmptyAllowlistAllowsNothing() throws {
        #expect(try load(["TERRARIUM_STDLIB_ALLOW": ""]).settings.standardLibraryAllow.isEmpty)
        #expect(try load(file: "N8N_RUNNERS_STDLIB_ALLOW=\"\"").settings.standardLibraryAllow.isEmpty)
    }

    @Test func listsTakeGroupsDottedNamesAndAWildcardAlone() throws {
        let list = try load(["TERRARIUM_STDLIB_ALLOW": " @safe , xml.etree,os,os"])
        #expect(list.settings.standardLibraryAllow == ["@safe", "xml.etree", "os"])
        #expect(try load(["TERRARIUM_EXTERNAL_ALLOW": "*"]).settings.externalAllow == ["*"])
        #expect(message(["TERRARIUM_STDLIB_ALLOW": "json,*"])?.contains("* must be the only value") == true)
        #expect(message(["TERRARIUM_STDLIB_ALLOW": "@sfe"])?.contains("there is no group @sfe") == true)
        #expect(message(["TERRARIUM_EXTERNAL_ALLOW": "pan das"])?.contains("\"pan das\" is not the name") == true)
        #expect(message(["TERRARIUM_EXTERNAL_ALLOW": "numpy..linalg"]) != nil)
        #expect(message(["TERRARIUM_BUILTINS_DENY": "eval;exec"]) != nil)
    }

    @Test(arguments: [
        ("TERRARIUM_MEMORY_LIMIT", "64M", \ServiceSettings.memoryLimit, 64 << 20),
        ("TERRARIUM_MEMORY_LIMIT", "2g", \ServiceSettings.memoryLimit, 2 << 30),
        ("TERRARIUM_LOG_LIMIT", "0", \ServiceSettings.logLimit, 0),
        ("N8N_RUNNERS_MAX_PAYLOAD", "1073741824", \ServiceSettings.maximumPayload, 1 << 30),
        ("TERRARIUM_OUTPUT_LIMIT", "512K", \ServiceSettings.outputLimit, 512 << 10),
    ])
    func sizesAreRead(
        variable: String,
        text: String,
        path: any KeyPath<ServiceSettings, Int> & Sendable,
        bytes: Int
    ) throws {
        #expect(try load([variable: text]).settings[keyPath: path] == bytes)
    }

    @Test func durationsTakeFractions() throws {
        #expect(try load(["N8N_RUNNERS_TASK_TIMEOUT": "1.5"]).settings.taskTimeout == .milliseconds(1500))
        #expect(try load(["TERRARIUM_CPU_LIMIT": "2"]).settings.limits.cpu == .seconds(2))
        #expect(try load(["TERRARIUM_TASK_TIMEOUT": "5"]).settings.limits.cpu == .seconds(5))
        #expect(try load(["TERRARIUM_AUTO_SHUTDOWN_TIMEOUT": "0"]).settings.autoShutdownTimeout == .zero)
    }

    @Test(arguments: [
        ([:], 256 << 20), (["N8N_RUNNERS_AUTH_TOKEN": "t"], 1 << 30), (["N8N_RUNNERS_GRANT_TOKEN": "t"], 1 << 30),
        (["N8N_RUNNERS_AUTH_TOKEN": "t", "TERRARIUM_MEMORY_LIMIT": "64M"], 256 << 20),
        (["N8N_RUNNERS_AUTH_TOKEN": "t", "TERRARIUM_MEMORY_CEILING": "300M"], 300 << 20),
        (["N8N_RUNNERS_AUTH_TOKEN": "t", "TERRARIUM_MEMORY_CEILING": "1M"], 256 << 20),
    ]) func onlyWithN8NTheMemoryLimitGrows(environment: [String: String], ceiling: Int) throws {
        #expect(try load(environment).settings.limits.memoryCeiling == ceiling)
    }

    @Test(arguments: [
        ([:], false), (["N8N_RUNNERS_GRANT_TOKEN": "t"], true),
        (["N8N_RUNNERS_GRANT_TOKEN": "t", "N8N_RUNNERS_AUTH_TOKEN": "t"], false),
        (["N8N_RUNNERS_GRANT_TOKEN": "t", "TERRARIUM_LOG_STREAMS": "stderr"], false),
        (["TERRARIUM_LOG_STREAMS": "split"], true),
    ]) func theLauncherIsKnownByItsGrantToken(environment: [String: String], isSplit: Bool) throws {
        #expect(try load(environment).settings.splitsLog == isSplit)
    }

    @Test func theRestOfTheTypesAreRead() throws {
        let loaded = try load([
            "TERRARIUM_SOCKET": "/tmp/t.sock", "TERRARIUM_SOCKET_MODE": "0660", "TERRARIUM_ALLOWED_UIDS": "0, 1000",
            "TERRARIUM_WARM_WORKERS": "3", "TERRARIUM_PRELOAD": "json,pandas", "TERRARIUM_SITE_PACKAGES": "/a:/b",
            "TERRARIUM_SANDBOX": "strict", "TERRARIUM_WORKER_USER": "1234", "N8N_BLOCK_RUNNER_ENV_ACCESS": "false",
            "N8N_RUNNERS_LAUNCHER_LOG_LEVEL": "warn", "TERRARIUM_LOG_FORMAT": "json",
        ]).settings
        #expect(loaded.socket == .path("/tmp/t.sock"))
        #expect(loaded.socketMode == 0o660)
        #expect(loaded.allowedUIDs == [0, 1000])
        #expect(loaded.warmWorkers == 3)
        #expect(loaded.preload == .modules(["json", "pandas"]))
        #expect(loaded.sitePackages == ["/a", "/b"])
        #expect(loaded.sandbox == .strict)
        #expect(loaded.workerUser == .identity(WorkerIdentity(uid: 1234, gid: 1234)))
        #expect(!loaded.blocksEnvironmentAccess)
        #expect(loaded.logLevel == .warning)
        #expect(loaded.logFormat == .json)
        #expect(try load(["TERRARIUM_WORKER_USER": "_terra-1"]).settings.workerUser == .name("_terra-1"))
        #expect(try load(["TERRARIUM_PRELOAD": "none"]).settings.preload == .none)
    }

    @Test func theTemporaryFolderIsAutomaticASizeOrNone() throws {
        #expect(try load([:]).settings.temporaryFolder == nil)
        #expect(try load(["TERRARIUM_TEMP_SIZE": "auto"]).settings.temporaryFolder == nil)
        #expect(try load(["TERRARIUM_TEMP_SIZE": "0"]).settings.temporaryFolder == 0)
        #expect(try load(["TERRARIUM_TEMP_SIZE": "1024G"]).settings.temporaryFolder == 1 << 40)
    }

    @Test(arguments: [
        ("auto", PreloadSelection.automatic, "auto"), ("auto,auto", .automatic, "auto"), ("", .none, "none"),
        ("auto,scipy.stats", .automaticAnd(["scipy.stats"]), "auto,scipy.stats"),
        ("json, auto ,x.y", .automaticAnd(["json", "x.y"]), "auto,json,x.y"), ("json", .modules(["json"]), "json"),
    ])
    func autoMayStandInAListOfModulesToPreload(text: String, selection: PreloadSelection, written: String) throws {
        let loaded = try load(["TERRARIUM_PRELOAD": text])
        #expect(loaded.settings.preload == selection)
        #expect(try setting("PRELOAD").text(in: loaded.settings) == written)
    }

    @Test(arguments: [
        ("MAX_CONCURRENCY", "0"), ("MAX_CONCURRENCY", "-1"), ("MAX_CONCURRENCY", ""), ("MAX_CONCURRENCY", "5.0"),
        ("MAX_CONCURRENCY", "99999999999999999999"), ("MAX_PAYLOAD", "1GB"), ("MAX_PAYLOAD", "9999999999G"),
        ("MEMORY_LIMIT", "K"), ("TASK_TIMEOUT", "0"), ("TASK_TIMEOUT", "1e3"), ("TASK_TIMEOUT", "60s"),
        ("TASK_TIMEOUT", "."), ("TASK_TIMEOUT", "nan"), ("SOCKET", "relative.sock"), ("SOCKET_MODE", "999"),
        ("SOCKET_MODE", "0000"), ("SOCKET_MODE", "01777"), ("ALLOWED_UIDS", "root"), ("ALLOWED_UIDS", "4294967296"),
        ("ALLOWED_UIDS", "4294967295"), ("SANDBOX", "off"), ("WORKER_USER", "root"), ("WORKER_USER", "0"),
        ("WORKER_USER", "nobody"), ("WORKER_USER", "65534"), ("WORKER_USER", "10:0"), ("WORKER_USER", "1:2:3"),
        ("WORKER_USER", ""), ("SITE_PACKAGES", "venv/lib"), ("HEALTH_CHECK_SERVER_ENABLED", "yes"),
        ("HEALTH_CHECK_SERVER_PORT", "65536"), ("TASK_BROKER_URI", "127.0.0.1:5679"),
        ("TASK_BROKER_URI", "http://user:pass@host"), ("LOG_LEVEL", ""), ("LOG_FORMAT", "xml"), ("PRELOAD", "a b"),
        ("TEMP_SIZE", "-1"), ("TEMP_SIZE", "64MB"), ("TEMP_SIZE", "2048G"), ("PRELOAD", "auto,none"),
        ("PRELOAD", "json,a b"),
    ])
    func aBadValueIsRefusedInOneLineThatNamesVariableValueAndWhatIsAccepted(name: String, value: String) throws {
        let setting = try setting(name)
        let text = try #require(message([setting.variable: value]))
        #expect(text.hasPrefix("\(setting.variable)=\"\(value)\": "))
        #expect(text.hasSuffix("accepted: \(setting.accepts)"))
        #expect(!text.contains("\n"))
    }

    @Test func aSocketPathThatIsTooLongSaysHowLongItIs() {
        let path = "/" + String(repeating: "x", count: 107)
        #expect(message(["TERRARIUM_SOCKET": path])?.contains("the path has 108 bytes") == true)
        #expect(message(["TERRARIUM_SOCKET": String(path.dropLast())]) == nil)
    }

    @Test func anUnknownVariableIsRefusedWithTheNearestName() {
        #expect(
            message(["TERRARIUM_STDLIB_ALOW": "json"])
                == "TERRARIUM_STDLIB_ALOW: unknown setting; did you mean TERRARIUM_STDLIB_ALLOW?"
        )
        #expect(message(["TERRARIUM_FRUIT_BOWL": ""]) == "TERRARIUM_FRUIT_BOWL: unknown setting")
        #expect(
            message(file: "STDLIB_ALLOW=json")
                == "runner.conf:1: STDLIB_ALLOW: unknown setting; did you mean TERRARIUM_STDLIB_ALLOW?"
        )
    }

    @Test func valuesCannotBreakOutOfTheErrorLine() throws {
        let text = try #require(message(["TERRARIUM_LOG_LEVEL": "in\nfo\u{2028}\u{1B}[31m"]))
        #expect(text.contains("in\\u{a}fo\\u{2028}\\u{1b}[31m"))
        let long = try #require(message(["TERRARIUM_LOG_LEVEL": String(repeating: "x", count: 5000)]))
        #expect(long.utf8.count < 400)
    }
}

@Suite struct SettingsFileTests {
    @Test func commentsBlankLinesQuotesAndLineEndsAreRead() throws {
        let loaded = try load(
            file: "\u{FEFF}# a comment\r\n\r\n  TERRARIUM_QUEUE_LIMIT = 7 \r\nTERRARIUM_SOCKET='/tmp/a b'\r\n"
                + "TERRARIUM_STDLIB_ALLOW=\"json,re\"\n\t# more\nTERRARIUM_AUTH_TOKEN=a=$HOME#b"
        ).settings
        #expect(loaded.queueLimit == 7)
        #expect(loaded.socket == .path("/tmp/a b"))
        #expect(loaded.standardLibraryAllow == ["json", "re"])
        #expect(loaded.authToken == "a=$HOME#b")
    }

    @Test(arguments: [
        ("TERRARIUM_QUEUE_LIMIT", "it has no ="),
        ("export TERRARIUM_QUEUE_LIMIT=1", "not the name of a variable"),
        ("=1", "not the name of a variable"),
        ("1A=1", "not the name of a variable"),
        ("TERRARIUM_SOCKET=\"/tmp/a", "is not closed"),
        ("TERRARIUM_SOCKET=\"", "is not closed"),
        ("TERRARIUM_SOCKET=\"/tmp/a\" # here", "is not closed"),
        ("TERRARIUM_SOCKET=/tmp/\u{1}", "control character"),
    ])
    func aMalformedLineIsRefusedWithItsNumber(line: String, reason: String) throws {
        let text = try #require(message(file: "# first\n\(line)\n"))
        #expect(text.hasPrefix("runner.conf:2: malformed line: "))
        #expect(text.contains(reason))
        #expect(!text.contains("\n"))
    }

    @Test func aLineGivenTwiceIsRefused() {
        #expect(
            message(file: "TERRARIUM_QUEUE_LIMIT=1\nTERRARIUM_QUEUE_LIMIT=1")
                == "runner.conf:2: TERRARIUM_QUEUE_LIMIT: given twice, also as line 1; remove one"
        )
    }

    @Test func randomBytesNeverCrashTheReader() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("TERRARIUM_QUEUE_LIMIT=7\"'#\r\n \t\u{0}\u{FEFF}é$\\".unicodeScalars)
        for _ in 0..<2000 {
            var text = ""
            for _ in 0..<Int.random(in: 0...60, using: &generator) {
                text.unicodeScalars.append(alphabet.randomElement(using: &generator) ?? "x")
            }
            _ = message(file: text)
        }
    }
}

@Suite struct SettingTextTests {
    @Test func durationsArePrintedAsTheyAreRead() {
        #expect(SettingText.seconds(.milliseconds(1500)) == "1.5")
        #expect(SettingText.seconds(.nanoseconds(1)) == "0.000000001")
        #expect(SettingText.seconds(.seconds(60)) == "60")
    }

    @Test func aPersonMayTypeUnits() {
        #expect(SettingText.humanDuration("5s") == .seconds(5))
        #expect(SettingText.humanDuration("250ms") == .milliseconds(250))
        #expect(SettingText.humanDuration("1.5m") == .seconds(90))
        #expect(SettingText.humanDuration("1h") == .seconds(3600))
        #expect(SettingText.humanDuration("2") == .seconds(2))
        #expect(SettingText.humanDuration("1m30s") == .seconds(90))
        #expect(SettingText.humanDuration("1h2m3s4ms") == .seconds(3723) + .milliseconds(4))
        for bad in ["", "s", "-1s", "1d", "1 s", "ms", "1e3", "30s1m", "1m1m", "1m30", "1073741824s"] {
            #expect(SettingText.humanDuration(bad) == nil)
        }
    }

    @Test func theExampleFileIsReadWhenItsCommentSignsAreRemoved() throws {
        let lines = SettingsDocuments.exampleFile.split(separator: "\n", omittingEmptySubsequences: false)
        let enabled = lines.map { $0.hasPrefix("#TERRARIUM") || $0.hasPrefix("#N8N") ? $0.dropFirst() : $0 }
        let loaded = try load(file: enabled.joined(separator: "\n"))
        #expect(loaded.settings == ServiceSettings())
        for setting in Setting.all {
            guard case .file = loaded.origin(of: setting) else {
                Issue.record("\(setting.name) is missing from the example")
                continue
            }
        }
    }
}
