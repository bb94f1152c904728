import Tasks

/// The settings in force and the origin of each. ``init(environment:file:readFile:exposure:)`` is the parser. It reads the
/// environment and the configuration file by the descriptions of the settings in ``Setting/all``.
public struct LoadedSettings: Equatable, Sendable {
    public var settings: ServiceSettings
    /// The origins by the short name of the setting. A setting without an entry has its default.
    private var origins: [String: SettingOrigin] = [:]
    private var warningsBySetting: [String: [SettingWarning]] = [:]

    /// Reads the settings from the environment, and from a configuration file if there is one.
    ///
    /// The environment wins over the file, and `TERRARIUM_X` over n8n's name for it. `X_FILE` names a file that contains
    /// the value of `X`, without the line break at its end. Values under n8n's names are read as n8n reads them.
    ///
    /// - Parameters:
    ///   - environment: All variables; variables of other programs are ignored.
    ///   - file: The configuration file's path, for messages, and its text.
    ///   - readFile: Reads the file that an `X_FILE` variable names. The error it throws becomes part of the message.
    ///   - exposure: How accounts other than the owner's can change or read a file that `readFile` has read; nil when they
    ///     cannot. If the file contains a secret, this text becomes a warning.
    /// - Throws: A ``SettingsError`` for the first error that is found.
    public init(
        environment: [String: String],
        file: (path: String, text: String)? = nil,
        readFile: (String) throws -> String,
        exposure: (String) -> String? = { _ in nil }
    ) throws(SettingsError) {
        self.settings = ServiceSettings()
        let sources = [
            try SettingSource(environment: environment),
            try file.map { (file) throws(SettingsError) in try SettingSource(path: file.path, text: file.text) },
        ].compactMap(\.self)
        // Values that another source overrides are checked as well, so that a mistake is reported when it is made.
        for setting in Setting.all {
            for source in sources.reversed() {
                for variable in setting.variables.reversed() {
                    let isN8N = variable == setting.n8nVariable
                    guard
                        let (entry, ignored) = try isN8N
                            ? source.n8nValue(of: variable, prefersFile: setting.n8nPrefersFile, readFile: readFile)
                            : source.value(of: variable, readFile: readFile).map({ ($0, nil) })
                    else { continue }
                    let warning: String?
                    do {
                        warning = try setting.assign(entry.text, isN8N: isN8N, to: &self.settings)
                    } catch {
                        throw SettingsError(
                            variable: entry.variable,
                            place: entry.place,
                            problem: .unacceptable(
                                value: setting.isSecret ? nil : entry.text,
                                reason: setting.isSecret ? nil : error.reason,
                                accepted: setting.accepts
                            )
                        )
                    }
                    self.origins[setting.name] = entry.origin
                    // This also removes the warnings about a value that is overridden.
                    self.warningsBySetting[setting.name] = [
                        warning.map { entry.warning($0, value: setting.isSecret ? nil : entry.text) },
                        ignored.map { $0.warning("ignored, since \(entry.variable) is given as well", value: nil) },
                        (setting.isSecret ? entry.path.flatMap(exposure) : nil).map {
                            entry.warning("the file contains a secret and \($0); use mode 0600 or 0640", value: nil)
                        },
                    ]
                    .compactMap(\.self)
                }
            }
        }
        self.settings.policyVariables = PolicyVariables(
            standardLibraryAllow: self.variable(of: "STDLIB_ALLOW"),
            externalAllow: self.variable(of: "EXTERNAL_ALLOW"),
            builtinsDeny: self.variable(of: "BUILTINS_DENY")
        )
    }

    /// The variable that messages name for a setting: the variable that set it. If the setting has its default, it is n8n's
    /// name for the setting if a token was given under n8n's name, and otherwise our own.
    private func variable(of name: String) -> String {
        if let variable = self.origins[name]?.variable { return variable }
        let tokens = ["AUTH_TOKEN", "GRANT_TOKEN"].compactMap { self.origins[$0]?.variable }
        let usesN8N = tokens.contains { $0.hasPrefix("N8N_") }
        guard let setting = Setting.all.first(where: { $0.name == name }) else { return "TERRARIUM_\(name)" }
        return usesN8N ? setting.n8nVariable ?? setting.variable : setting.variable
    }

    /// The warnings about the values in force, in the order of the settings.
    public var warnings: [SettingWarning] { Setting.all.flatMap(self.warnings(of:)) }

    /// The warnings about the value of `setting`.
    public func warnings(of setting: Setting) -> [SettingWarning] {
        self.warningsBySetting[setting.name] ?? []
    }

    /// The origin of the value of `setting`.
    public func origin(of setting: Setting) -> SettingOrigin {
        self.origins[setting.name] ?? .byDefault
    }
}
