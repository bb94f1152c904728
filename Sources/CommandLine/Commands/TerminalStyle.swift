/// Colours for messages on a terminal. Text is escaped with `PrintableText` before it gets colours: escaping it
/// afterwards would also escape the control characters that make the colours.
struct TerminalStyle: Equatable {
    /// The parts of a message that have a colour.
    enum Part: Int {
        /// "error:" and the marks below the code.
        case error = 31
        case hint = 36
        /// The place, the number of a line, and the bar beside it.
        case place = 34
        case note = 33
    }

    var isColored: Bool

    static let plain = Self(isColored: false)

    /// The style of standard error.
    static var standardError: Self {
        Self(environment: Environment.variables, isTerminal: Terminal.errorIsTerminal)
    }

    init(isColored: Bool) {
        self.isColored = isColored
    }

    /// Decides by the usual variables, in this order: `NO_COLOR` (no-color.org) turns colours off, and `CLICOLOR_FORCE`
    /// turns them on. Otherwise a terminal gets colours, unless `CLICOLOR=0` or `TERM=dumb` is set.
    init(environment: [String: String], isTerminal: Bool) {
        func isSet(_ name: String) -> Bool { !(environment[name] ?? "").isEmpty }
        if isSet("NO_COLOR") {
            self.isColored = false
        } else if isSet("CLICOLOR_FORCE"), environment["CLICOLOR_FORCE"] != "0" {
            self.isColored = true
        } else {
            self.isColored = isTerminal && environment["TERM"] != "dumb" && environment["CLICOLOR"] != "0"
        }
    }

    /// The text in the colour of a part, in bold.
    func text(_ text: String, as part: Part) -> String {
        self.isColored && !text.isEmpty ? "\u{1B}[1;\(part.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// The text in bold.
    func bold(_ text: String) -> String {
        self.isColored && !text.isEmpty ? "\u{1B}[1m\(text)\u{1B}[0m" : text
    }
}
