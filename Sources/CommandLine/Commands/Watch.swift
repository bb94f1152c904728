/// Repeats a report on the terminal.
enum Watch {
    static let interval = Duration.seconds(2)

    /// Shows a new report every two seconds until Ctrl-C. On a terminal it replaces the previous report; elsewhere it
    /// is written below it.
    static func repeating(_ report: @Sendable () async throws -> String) async throws {
        let isTerminal = Terminal.outputSize != nil
        if isTerminal { try Terminal.output("\u{1B}[2J") }
        while true {
            let text = try await report()
            try Terminal.output(isTerminal ? Self.replacing(text) : text)
            try await Task.sleep(for: Self.interval)
        }
    }

    /// The text with control sequences that write it at the top of the screen, erase the rest of each line, and erase
    /// the lines below the text.
    static func replacing(_ text: String) -> String {
        "\u{1B}[H" + text.replacing("\n", with: "\u{1B}[K\n") + "\u{1B}[J"
    }
}
