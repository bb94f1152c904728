import Glibc
import Logging

/// One log line before it is formatted. ``StandardErrorLog`` makes it from a swift-log event.
struct LogLine {
    var time: timespec
    var level: Logger.Level
    var message: String
    /// The metadata, sorted by key.
    var metadata: [(key: String, value: String)]
    /// The keys of the values that a JSON line contains as numbers instead of strings.
    var numbers: Set<String> = []

    /// Makes a line with the current time. A value that was passed as an integer or a ``LogNumber``, not as a string,
    /// stays a number.
    init(level: Logger.Level, message: String, metadata: Logger.Metadata) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        self.init(
            time: time,
            level: level,
            message: message,
            metadata: metadata.map { ($0.key, $0.value.description) }.sorted { $0.0 < $1.0 }
        )
        for (key, value) in metadata {
            guard case .stringConvertible(let number) = value else { continue }
            if number is any FixedWidthInteger || number is LogNumber { self.numbers.insert(key) }
        }
    }

    init(
        time: timespec,
        level: Logger.Level,
        message: String,
        metadata: [(key: String, value: String)],
        numbers: Set<String> = []
    ) {
        self.time = time
        self.level = level
        self.message = message
        self.metadata = metadata
        self.numbers = numbers
    }

    /// A line that says how many lines were dropped before it. It is a warning and is written at any log level, because the
    /// dropped lines may have been errors.
    static func missing(_ count: Int) -> Self {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Self(
            time: time,
            level: .warning,
            message: "log lines dropped: standard error was not read fast enough, or could not be written",
            metadata: [("lines", "\(count)")],
            numbers: ["lines"]
        )
    }
}
