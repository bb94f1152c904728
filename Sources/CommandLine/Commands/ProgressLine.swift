/// The line at the bottom of a terminal that says how many items are done and for how long the task has been running. It is
/// erased before a print of the task is written.
struct ProgressLine {
    /// Whether there is a terminal on which to show the line.
    let isShown: Bool
    private var isThere = false
    /// Whether the task's last print ended with a line feed. If not, the progress is not shown, because it would
    /// overwrite the print.
    private var isAtLineStart = true
    private var items = ""
    private var time = ""

    private static let erasing = "\r\u{1B}[K"
    /// Tasks that end sooner show no time.
    static let shortest = Duration.seconds(2)

    init(isShown: Bool) {
        self.isShown = isShown
    }

    /// What to write when more items are done.
    mutating func update(done: Int, total: Int) -> String {
        guard done < total else { return "" }
        self.items = "\(done) of \(total) items"
        return self.draw()
    }

    /// What to write when the command has been waiting for the result for that long.
    mutating func update(elapsed: Duration) -> String {
        guard elapsed >= Self.shortest else { return "" }
        self.time = HumanText.time(elapsed)
        return self.draw()
    }

    private mutating func draw() -> String {
        guard self.isShown, self.isAtLineStart else { return "" }
        self.isThere = true
        let items = self.items.isEmpty ? "waiting for the result" : self.items
        return Self.erasing + (self.time.isEmpty ? items : "\(items), \(self.time)")
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
