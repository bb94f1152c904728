/// Repeats a report on the terminal.
enum Watch {
    static let interval = Duration.seconds(2)

    /// Shows a report and then a new one every two seconds, in its place on a terminal and below it elsewhere, until Ctrl-C.
    static func repeating(_ report: @Sendable () async throws -> String) async throws {
        let isTerminal = Terminal.outputSize != nil
        if isTerminal { try Terminal.output("\u{1B}[2J") }
        while true {
            let text = try await report()
            try Terminal.output(isTerminal ? Self.replacing(text) : text)
            try await Task.sleep(for: Self.interval)
        }
    }

    /// The text at the top of the screen: each line erases what was behind it, and the last one what was below.
    static func replacing(_ text: String) -> String {
        "\u{1B}[H" + text.replacing("\n", with: "\u{1B}[K\n") + "\u{1B}[J"
    }
}
