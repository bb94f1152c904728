public import Tasks

/// The report of a fork server that is ready.
public struct ForkServerReport: Equatable, Sendable {
    public var pythonVersion: String
    public var layers: [SandboxLayer]
    /// Warnings for the operator, such as an allowlisted module that cannot be imported.
    public var warnings: [String]

    public init(pythonVersion: String, layers: [SandboxLayer], warnings: [String] = []) {
        self.pythonVersion = pythonVersion
        self.layers = layers
        self.warnings = warnings
    }
}
