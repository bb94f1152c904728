/// Why the configuration is not taken. Its description is one line for the operator.
public struct SettingsError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Problem: Equatable, Sendable {
        /// No setting has that name; the nearest that has one, if any is near.
        case unknown(suggestion: String?)
        /// Not a value of the setting; a secret's is nil.
        case unacceptable(value: String?, reason: String?, accepted: String)
        /// The same source gives the setting twice.
        case givenTwice(also: String)
        /// The file that holds the value could not be read.
        case unreadable(path: String, reason: String)
        /// A line of the configuration file is not `KEY=VALUE`.
        case malformedLine(reason: String)
    }

    /// The variable, or nil for a line that names none.
    public var variable: String?
    /// The file and the line that the variable stands in; nil for the environment.
    public var place: SettingOrigin.Place?
    public var problem: Problem

    public init(variable: String? = nil, place: SettingOrigin.Place? = nil, problem: Problem) {
        self.variable = variable
        self.place = place
        self.problem = problem
    }

    public var description: String {
        let place = self.place.map { "\($0): " } ?? ""
        let variable = self.variable ?? "line"
        switch self.problem {
        case .unknown(let suggestion):
            let hint = suggestion.map { "; did you mean \($0)?" } ?? ""
            return "\(place)\(variable): there is no such setting\(hint)"
        case .unacceptable(let value, let reason, let accepted):
            let shown = value.map { "=\"\(Self.printable($0))\"" } ?? ""
            let reason = reason.map { "\(Self.printable($0)); " } ?? ""
            return "\(place)\(variable)\(shown): \(reason)accepted is \(accepted)"
        case .givenTwice(let also):
            return "\(place)\(variable): given twice, also as \(also); give it once"
        case .unreadable(let path, let reason):
            return "\(place)\(variable): cannot read \"\(Self.printable(path))\": \(reason)"
        case .malformedLine(let reason):
            return "\(place)malformed line: \(reason); accepted is KEY=VALUE, or # and a comment"
        }
    }

    /// The text without anything that could break out of its line, and not at any length.
    static func printable(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(200) {
            if scalar.value < 0x20 || scalar.value == 0x7F || scalar == "\u{2028}" || scalar == "\u{2029}" {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return text.unicodeScalars.count > 200 ? result + "…" : result
    }
}
