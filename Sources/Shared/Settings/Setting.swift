/// The description of one setting. The parser, `terrarium config`, the example file, the table of the documentation and the
/// help text all come from ``all``, so that they cannot disagree.
public struct Setting: Sendable {
    /// When a change of the configuration file takes effect.
    public enum Change: Equatable, Sendable {
        /// On SIGHUP, for the tasks that start afterwards. The consumers are the parts of the service that use the setting.
        case reload(Set<SettingConsumer>)
        /// When the service starts again.
        case restart

        /// The word that the documentation uses for the case.
        public var name: String {
            switch self {
            case .reload: "reload"
            case .restart: "restart"
            }
        }
    }

    /// The short name, such as `TASK_TIMEOUT`.
    public let name: String
    /// The name of the variable.
    public let variable: String
    /// n8n's name for the setting, if that is not ``variable`` itself.
    public let alternateVariable: String?
    /// The accepted texts, to complete the line "accepted: …".
    public let accepts: String
    /// The default as it is written.
    public let defaultText: String
    public let change: Change
    /// Whether the value is redacted wherever it is shown.
    public let isSecret: Bool
    /// The purpose in one line.
    public let help: String

    /// n8n's name for the setting; nil if n8n has none. Values under this name are read as n8n reads them.
    let n8nVariable: String?
    /// Whether n8n's `X_FILE` is used when n8n's `X` is given as well.
    let n8nPrefersFile: Bool

    private let assignOwn: @Sendable (String, inout ServiceSettings) throws(UnacceptableValue) -> Void
    private let assignN8N: @Sendable (String, inout ServiceSettings) throws(UnacceptableValue) -> String?
    private let write: @Sendable (ServiceSettings) -> String
    private let compare: @Sendable (ServiceSettings, ServiceSettings) -> Bool
    private let copyValue: @Sendable (ServiceSettings, inout ServiceSettings) -> Void

    init<Value: Equatable>(
        _ name: String,
        at path: any WritableKeyPath<ServiceSettings, Value> & Sendable,
        _ format: SettingFormat<Value>,
        n8n: N8NVariable<Value>? = nil,
        isOnlyN8N: Bool = false,
        change: Change,
        isSecret: Bool = false,
        help: String
    ) {
        self.name = name
        let onlyName = isOnlyN8N ? n8n?.name : nil
        self.variable = onlyName ?? "TERRARIUM_\(name)"
        self.alternateVariable = onlyName == nil ? n8n?.name : nil
        self.n8nVariable = n8n?.name
        self.n8nPrefersFile = n8n?.prefersFile ?? false
        self.accepts = format.accepts
        self.defaultText = format.text(ServiceSettings()[keyPath: path])
        self.change = change
        self.isSecret = isSecret
        self.help = help
        self.assignOwn = { (text, settings) throws(UnacceptableValue) in
            settings[keyPath: path] = try format.parse(text)
        }
        self.assignN8N = { (text, settings) throws(UnacceptableValue) in
            guard let parsed = try n8n?.format.parse(text) else { throw UnacceptableValue() }
            settings[keyPath: path] = parsed.value
            return parsed.warning
        }
        self.write = { format.text($0[keyPath: path]) }
        self.compare = { $0[keyPath: path] == $1[keyPath: path] }
        self.copyValue = { $1[keyPath: path] = $0[keyPath: path] }
    }

    /// Parses a value and assigns it.
    ///
    /// - Parameters:
    ///   - text: The value as it is written.
    ///   - isN8N: Whether it was given under n8n's name.
    ///   - settings: The settings to change.
    /// - Returns: A warning when a value other than the written one was assigned.
    /// - Throws: ``UnacceptableValue``.
    func assign(_ text: String, isN8N: Bool, to settings: inout ServiceSettings) throws(UnacceptableValue) -> String? {
        guard !isN8N else { return try self.assignN8N(text, &settings) }
        try self.assignOwn(text, &settings)
        return nil
    }

    /// The value as the parser reads it; a secret is redacted.
    public func text(in settings: ServiceSettings) -> String {
        self.write(settings)
    }

    /// Whether the setting has the same value in `one` and in `other`.
    public func isEqual(_ one: ServiceSettings, _ other: ServiceSettings) -> Bool {
        self.compare(one, other)
    }

    /// Copies the value of this setting.
    public func copy(from source: ServiceSettings, to target: inout ServiceSettings) {
        self.copyValue(source, &target)
    }

    /// All names of the setting, the preferred one first.
    public var variables: [String] {
        [self.variable] + (self.alternateVariable.map { [$0] } ?? [])
    }
}
