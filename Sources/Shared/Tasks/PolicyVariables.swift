/// The variables that set the lists of a policy. Messages name them: `TERRARIUM_…`, or n8n's name if the operator used that.
public struct PolicyVariables: Equatable, Sendable {
    public var standardLibraryAllow: String
    public var externalAllow: String
    public var builtinsDeny: String

    public init(
        standardLibraryAllow: String = "TERRARIUM_STDLIB_ALLOW",
        externalAllow: String = "TERRARIUM_EXTERNAL_ALLOW",
        builtinsDeny: String = "TERRARIUM_BUILTINS_DENY"
    ) {
        self.standardLibraryAllow = standardLibraryAllow
        self.externalAllow = externalAllow
        self.builtinsDeny = builtinsDeny
    }
}
