import ArgumentParser
import Client
import Tasks
import Text

/// How much a command writes to standard error.
struct VerbosityOptions: ParsableArguments {
    @Flag(name: [.short, .long], help: "Write nothing but errors to standard error: no prints of the code, no notes.")
    var quiet = false

    @Flag(name: [.short, .long], help: "Say how long the task took and how much memory it had.")
    var verbose = false

    func validate() throws {
        guard !(self.quiet && self.verbose) else { throw ValidationError("--quiet and --verbose exclude each other.") }
    }

    /// Writes a note, unless `--quiet` is given.
    func note(_ text: String) {
        if !self.quiet { Self.write(text) }
    }

    /// Writes a note.
    static func write(_ text: String) {
        Terminal.error("\(TerminalStyle.standardError.text("note:", as: .note)) \(PrintableText.line(text))\n")
    }

    /// The line that `--verbose` prints about a task.
    static func summary(_ answer: TaskAnswer) -> String {
        func milliseconds(_ duration: Duration) -> String {
            "\(DurationText.fixed(duration, in: .milliseconds, decimals: 1)) ms"
        }
        let usage = answer.usage
        return
            "task \(answer.id) \(answer.outcome) in \(milliseconds(usage.wall)) (\(milliseconds(usage.cpu)) of processor"
            + " time, \(usage.peakResidentBytes >> 20) MB of memory) after \(milliseconds(usage.queued)) in the queue"
    }
}
