/// Which modules a task may import, and which built-ins it does not have.
public struct TaskPolicy: Equatable, Sendable {
    /// Modules of the standard library that a task may import: top-level or dotted names, groups such as `@safe`,
    /// or `*` alone.
    public var standardLibraryAllow: [String]
    /// Other modules that a task may import: top-level or dotted names, or `*` alone.
    public var externalAllow: [String]
    /// Names of built-ins that a task does not have.
    public var builtinsDeny: [String]
    /// The variables that messages name for the three lists.
    public var variables: PolicyVariables

    public init(
        standardLibraryAllow: [String],
        externalAllow: [String],
        builtinsDeny: [String],
        variables: PolicyVariables = PolicyVariables()
    ) {
        self.standardLibraryAllow = standardLibraryAllow
        self.externalAllow = externalAllow
        self.builtinsDeny = builtinsDeny
        self.variables = variables
    }

    /// Built-ins that are denied by default: those that have no safe form.
    public static let defaultBuiltinsDeny = [
        "eval", "exec", "compile", "open", "input", "breakpoint", "globals", "locals", "vars", "memoryview",
        "license", "help", "credits", "copyright", "exit", "quit",
    ]
}
