/// Advice about code that runs but is probably not what its author meant, such as `_input.all()`.
public struct CodeHint: Equatable, Sendable {
    /// The author's line, counted from 1.
    public var line: Int
    /// The author's column, counted from 1 in code points.
    public var column: Int
    /// The construct as the author wrote it.
    public var construct: String
    /// What to write instead.
    public var message: String

    /// How the message begins for code that returns nothing. `terrarium run` shows such hints with an empty result.
    public static let returnsNothing = "the code returns nothing"

    public init(line: Int, column: Int, construct: String, message: String) {
        self.line = line
        self.column = column
        self.construct = construct
        self.message = message
    }
}
