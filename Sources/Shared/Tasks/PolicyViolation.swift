/// One construct of a task's code that the policy refuses.
public struct PolicyViolation: Equatable, Sendable {
    /// The rule's short name, such as `import` or `attribute`: for an honest worker one of ``rules``.
    public var rule: String
    /// The construct as the author wrote it, such as `import os` or `.__globals__`.
    public var construct: String
    /// The author's line, counted from 1.
    public var line: Int
    /// The author's column, counted from 1 in code points.
    public var column: Int
    /// What is refused and why.
    public var message: String
    /// The setting that would allow it, or the way around it.
    public var hint: String?

    /// The names of all rules.
    public static let rules = ["attribute", "builtin", "import", "name", "pattern"]

    public init(rule: String, construct: String, line: Int, column: Int, message: String, hint: String? = nil) {
        self.rule = rule
        self.construct = construct
        self.line = line
        self.column = column
        self.message = message
        self.hint = hint
    }
}
