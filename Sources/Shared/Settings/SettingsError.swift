import Text

/// Why the configuration is refused. The description is one line for the operator: the place, the variable, its value and
/// what is accepted.
public struct SettingsError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Problem: Equatable, Sendable {
        /// No setting has that name; the suggestion is a similar name, if there is one.
        case unknown(suggestion: String?)
        /// The setting does not accept the value; `value` is nil for a secret.
        case unacceptable(value: String?, reason: String?, accepted: String)
        /// One source gives the setting twice; `of` is the other place, a line or a variable.
        case duplicate(of: String)
        /// The file that contains the value cannot be read.
        case unreadable(path: String, reason: String)
        /// A line of the configuration file does not have the form `KEY=VALUE`.
        case malformedLine(reason: String)
    }

    /// The variable; nil for a line without one.
    public var variable: String?
    /// The file and the line of the variable; nil for the environment.
    public var place: SettingOrigin.Place?
    public var problem: Problem

    public init(variable: String? = nil, place: SettingOrigin.Place? = nil, problem: Problem) {
        self.variable = variable
        self.place = place
        self.problem = problem
    }

    public var description: String {
        // The whole text is escaped, because names of environment variables and paths may have any characters too.
        PrintableText.line(self.text)
    }

    private var text: String {
        let place = self.place.map { "\($0): " } ?? ""
        let variable = self.variable ?? "line"
        switch self.problem {
        case .unknown(let suggestion):
            let hint = suggestion.map { "; did you mean \($0)?" } ?? ""
            return "\(place)\(variable): unknown setting\(hint)"
        case .unacceptable(let value, let reason, let accepted):
            let shown = value.map { "=\"\(Self.printable($0))\"" } ?? ""
            let reason = reason.map { "\(Self.printable($0)); " } ?? ""
            return "\(place)\(variable)\(shown): \(reason)accepted: \(accepted)"
        case .duplicate(let other):
            return "\(place)\(variable): given twice, also as \(other); remove one"
        case .unreadable(let path, let reason):
            return "\(place)\(variable): cannot read \"\(Self.printable(path))\": \(reason)"
        case .malformedLine(let reason):
            return "\(place)malformed line: \(reason); accepted: KEY=VALUE, or a comment that begins with #"
        }
    }

    /// At most 200 bytes of a value, escaped for a terminal.
    static func printable(_ text: String) -> String {
        PrintableText.line(BoundedText.cut(text, toBytes: 200, mark: "…"))
    }
}
