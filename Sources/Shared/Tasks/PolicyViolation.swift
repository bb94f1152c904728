/// One construct of a task's code that the policy refuses.
public struct PolicyViolation: Equatable, Sendable {
    /// The rule's short name, such as `import` or `attribute`. A worker that has not been compromised sends one of
    /// ``rules``.
    public var rule: String
    /// The construct as it is written in the submitted code, such as `import os` or `.__globals__`.
    public var construct: String
    /// The line in the submitted code, counted from 1.
    public var line: Int
    /// The column in the submitted code, counted from 1 in code points.
    public var column: Int
    /// What is refused and why.
    public var message: String
    /// The setting that would allow the construct, or another construct to use instead.
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
