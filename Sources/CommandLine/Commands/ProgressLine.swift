/// The line at the bottom of a terminal that says how many items are done. It is erased before a print of the task is
/// written.
struct ProgressLine {
    /// Whether there is a terminal on which to show the line.
    let isShown: Bool
    private var isThere = false
    /// Whether the task's last print ended with a line feed. If not, the progress is not shown, because it would
    /// overwrite the print.
    private var isAtLineStart = true

    private static let erasing = "\r\u{1B}[K"

    init(isShown: Bool) {
        self.isShown = isShown
    }

    /// What to write when more items are done.
    mutating func update(done: Int, total: Int) -> String {
        guard self.isShown, self.isAtLineStart, done < total else { return "" }
        self.isThere = true
        return "\(Self.erasing)\(done) of \(total) items"
    }

    /// What to write when the task has printed `text`.
    mutating func printed(_ text: String) -> String {
        guard !text.isEmpty else { return "" }
        self.isAtLineStart = text.hasSuffix("\n")
        return self.end() + text
    }

    /// What to write when the line is no longer wanted.
    mutating func end() -> String {
        guard self.isThere else { return "" }
        self.isThere = false
        return Self.erasing
    }
}
