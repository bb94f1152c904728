import Text

/// A value that was accepted but not used as it is written, or a variable that was ignored. The description is one line for
/// the operator.
public struct SettingWarning: Equatable, Sendable, CustomStringConvertible {
    /// The variable with the value.
    public var variable: String
    /// The file and the line of the variable; nil for the environment.
    public var place: SettingOrigin.Place?
    /// The value; nil for a secret.
    public var value: String?
    /// How the value in force differs from the written one, or why the variable is ignored.
    public var text: String

    public var description: String {
        let place = self.place.map { "\($0): " } ?? ""
        let shown = self.value.map { "=\"\(SettingsError.printable($0))\"" } ?? ""
        return PrintableText.line("\(place)\(self.variable)\(shown): \(SettingsError.printable(self.text))")
    }
}
