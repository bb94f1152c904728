/// A value that was accepted, but not as it is written. The description is one line for the operator.
public struct SettingWarning: Equatable, Sendable, CustomStringConvertible {
    /// The variable that the value stands in.
    public var variable: String
    /// The file and the line of the variable; nil for the environment.
    public var place: SettingOrigin.Place?
    /// The value; a secret's is nil.
    public var value: String?
    /// What differs from what is written.
    public var text: String

    public var description: String {
        let place = self.place.map { "\($0): " } ?? ""
        let shown = self.value.map { "=\"\(SettingsError.printable($0))\"" } ?? ""
        return "\(place)\(self.variable)\(shown): \(SettingsError.printable(self.text))"
    }
}
