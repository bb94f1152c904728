/// A setting of the running service, as its operator is shown it.
public struct SettingInForce: Equatable, Sendable {
    /// The name of the variable.
    public var variable: String
    /// Its value as text; that of a secret is hidden.
    public var value: String
    /// Where the value came from.
    public var origin: String

    public init(variable: String, value: String, origin: String) {
        self.variable = variable
        self.value = value
        self.origin = origin
    }
}
