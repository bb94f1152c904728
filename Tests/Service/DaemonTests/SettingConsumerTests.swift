import Testing

@testable import Daemon
@testable import Settings

/// Which parts of the service a reload of each setting reaches.
@Suite struct SettingConsumerTests {
    /// Values of every type; each setting takes the first that it accepts and that is not its default.
    private static let candidates = ["re", "2", "3G", "3M", "/srv", "debug", "true"]

    private static func configuration(_ settings: ServiceSettings) throws -> ServiceConfiguration {
        var settings = settings
        // Without a token there is no bridge.
        settings.authToken = "token"
        return try ServiceConfiguration(settings, environment: [:], workerProgram: "/nowhere")
    }

    /// The defaults but for one value; nil when the setting does not accept it.
    private static func settings(_ setting: Setting, _ text: String) -> ServiceSettings? {
        var settings = ServiceSettings()
        do {
            _ = try setting.assign(text, isN8N: false, to: &settings)
            return settings
        } catch {
            return nil
        }
    }

    /// The parts whose configuration is another one when the setting has another value than its default.
    private static func changed(_ setting: Setting) throws -> Set<SettingConsumer> {
        let settings = try #require(
            Self.candidates.compactMap { Self.settings(setting, $0) }.first { $0 != ServiceSettings() },
            "\(setting.name) takes none of the candidates"
        )
        let old = try Self.configuration(ServiceSettings())
        let new = try Self.configuration(settings)
        return Set(SettingConsumer.allCases.filter { !new.isSame(as: old, for: $0) })
    }

    @Test func aReloadableSettingNamesThePartsWhoseConfigurationItChanges() throws {
        var reloadable = 0
        for setting in Setting.all {
            guard case .reload(let consumers) = setting.change else { continue }
            reloadable += 1
            #expect(!consumers.isEmpty, "\(setting.name)")
            #expect(try Self.changed(setting) == consumers, "\(setting.name)")
        }
        #expect(reloadable > 10)
    }

    @Test func everyConsumerIsNamedByASetting() {
        let named = Setting.all.reduce(into: Set<SettingConsumer>()) { named, setting in
            if case .reload(let consumers) = setting.change { named.formUnion(consumers) }
        }
        #expect(named == Set(SettingConsumer.allCases))
    }

    /// The control: a setting that no part takes, and one that names a part too few, are found.
    @Test func aForgottenConsumerIsFound() throws {
        let forgotten = Setting(
            "FORGOTTEN",
            at: \.autoShutdownTimeout,
            .seconds(from: .zero, to: .seconds(10)),
            change: .reload([.workers]),
            help: ""
        )
        #expect(try Self.changed(forgotten).isEmpty)
        let partly = Setting(
            "PARTLY",
            at: \.maximumPayload,
            .size(1...1 << 30),
            change: .reload([.httpServer]),
            help: ""
        )
        #expect(try Self.changed(partly) == [.httpServer, .bridge, .memory])
    }
}
