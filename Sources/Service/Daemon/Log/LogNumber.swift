import Text

/// A number with decimals in the metadata of a log line. A JSON line contains it as a number instead of a string.
struct LogNumber: CustomStringConvertible, Sendable {
    let description: String

    /// A duration in milliseconds, with one decimal.
    init(milliseconds: Duration) {
        self.description = DurationText.fixed(milliseconds, in: .milliseconds, decimals: 1)
    }
}
