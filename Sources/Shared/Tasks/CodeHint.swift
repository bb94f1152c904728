/// Advice about code that runs but is probably not what its author meant, such as `_input.all()`.
public struct CodeHint: Equatable, Sendable {
    /// The line in the submitted code, counted from 1.
    public var line: Int
    /// The column in the submitted code, counted from 1 in code points.
    public var column: Int
    /// The construct as it is written in the submitted code.
    public var construct: String
    /// What to write instead.
    public var message: String

    /// The beginning of the message of every hint about code that returns nothing. `terrarium run` shows such a hint
    /// when the result is empty.
    public static let returnsNothing = "the code returns nothing"

    public init(line: Int, column: Int, construct: String, message: String) {
        self.line = line
        self.column = column
        self.construct = construct
        self.message = message
    }
}
