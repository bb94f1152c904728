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

    let assign: @Sendable (String, inout Settings) throws(UnacceptableValue) -> Void
    private let write: @Sendable (Settings) -> String

    private let compare: @Sendable (Settings, Settings) -> Bool
    private let transfer: @Sendable (Settings, inout Settings) -> Void

    init<Value: Equatable>(
        _ name: String,
        at path: any WritableKeyPath<Settings, Value> & Sendable,
        _ format: SettingFormat<Value>,
        variable: String? = nil,
        n8n secondVariable: String? = nil,
        change: Change,
        isSecret: Bool = false,
        help: String
    ) {
        self.name = name
        self.variable = variable ?? "TERRARIUM_\(name)"
        self.secondVariable = secondVariable
        self.accepts = format.accepts
        self.defaultText = format.text(Settings()[keyPath: path])
        self.change = change
        self.isSecret = isSecret
        self.help = help
        self.assign = { (text, settings) throws(UnacceptableValue) in
            settings[keyPath: path] = try format.parse(text)
        }
        self.write = { format.text($0[keyPath: path]) }
        self.compare = { $0[keyPath: path] == $1[keyPath: path] }
        self.transfer = { $1[keyPath: path] = $0[keyPath: path] }
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
