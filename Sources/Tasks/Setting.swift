/// The description of one setting. From ``all`` come the parser, `terrarium config`, the example file, the table of
/// the documentation and the help text, so that they cannot disagree.
public struct Setting: Sendable {
    /// When a change of the configuration file takes effect.
    public enum Change: String, Sendable {
        /// On SIGHUP, for the tasks that start afterwards.
        case reload
        /// When the service starts again.
        case restart
    }

    /// The short name, such as `TASK_TIMEOUT`.
    public let name: String
    /// The name of the variable.
    public let variable: String
    /// Another name that is accepted: the one that n8n gives the setting.
    public let secondVariable: String?
    /// What is accepted, to complete the sentence "accepted is …".
    public let accepts: String
    /// The default as it would be written.
    public let defaultText: String
    public let change: Change
    /// Whether its value may never be shown.
    public let isSecret: Bool
    /// What it is for, in one line.
    public let help: String

    /// The one of the names that is n8n's, under which values are read as n8n reads them.
    let n8nVariable: String?
    /// Whether `X_FILE` counts where n8n's `X` is given as well.
    let n8nPrefersFile: Bool

    private let assign: @Sendable (String, inout Settings) throws(UnacceptableValue) -> Void
    private let assignN8N: @Sendable (String, inout Settings) throws(UnacceptableValue) -> String?
    private let write: @Sendable (Settings) -> String

    private let compare: @Sendable (Settings, Settings) -> Bool
    private let transfer: @Sendable (Settings, inout Settings) -> Void

    init<Value: Equatable>(
        _ name: String,
        at path: any WritableKeyPath<Settings, Value> & Sendable,
        _ format: SettingFormat<Value>,
        n8n: N8NName<Value>? = nil,
        isOnlyN8N: Bool = false,
        change: Change,
        isSecret: Bool = false,
        help: String
    ) {
        self.name = name
        let onlyName = isOnlyN8N ? n8n?.variable : nil
        self.variable = onlyName ?? "TERRARIUM_\(name)"
        self.secondVariable = onlyName == nil ? n8n?.variable : nil
        self.n8nVariable = n8n?.variable
        self.n8nPrefersFile = n8n?.prefersFile ?? false
        self.accepts = format.accepts
        self.defaultText = format.text(Settings()[keyPath: path])
        self.change = change
        self.isSecret = isSecret
        self.help = help
        self.assign = { (text, settings) throws(UnacceptableValue) in
            settings[keyPath: path] = try format.parse(text)
        }
        self.assignN8N = { (text, settings) throws(UnacceptableValue) in
            guard let reading = try n8n?.format.parse(text) else { throw UnacceptableValue() }
            settings[keyPath: path] = reading.value
            return reading.warning
        }
        self.write = { format.text($0[keyPath: path]) }
        self.compare = { $0[keyPath: path] == $1[keyPath: path] }
        self.transfer = { $1[keyPath: path] = $0[keyPath: path] }
    }

    /// Takes a value.
    ///
    /// - Parameters:
    ///   - text: The value as it is written.
    ///   - isN8N: Whether it stands under n8n's name.
    ///   - settings: Where it goes.
    /// - Returns: A warning when another value than the written one was taken.
    /// - Throws: ``UnacceptableValue``.
    func take(_ text: String, isN8N: Bool, into settings: inout Settings) throws(UnacceptableValue) -> String? {
        guard !isN8N else { return try self.assignN8N(text, &settings) }
        try self.assign(text, &settings)
        return nil
    }

    /// The setting's value, written as the parser reads it; a secret is redacted.
    public func text(in settings: Settings) -> String {
        self.write(settings)
    }

    /// Whether both have the same value.
    public func isEqual(_ one: Settings, _ other: Settings) -> Bool {
        self.compare(one, other)
    }

    /// Copies the value.
    public func copy(from source: Settings, to target: inout Settings) {
        self.transfer(source, &target)
    }

    /// Every name that the setting goes by, the preferred one first.
    public var variables: [String] {
        [self.variable] + (self.secondVariable.map { [$0] } ?? [])
    }
}
