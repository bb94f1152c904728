import Glibc
import JSONBytes
import Logging
import Synchronization
import Tasks

/// Where log lines of this process go: standard error, one line each, as text or JSON.
final class StandardErrorLog: Sendable {
    /// What a line is made of.
    struct Line {
        var time: timespec
        var level: Logger.Level
        var message: String
        /// Sorted by key.
        var metadata: [(key: String, value: String)]
    }

    private let format: Settings.LogFormat
    private let isJournal: Bool
    private let descriptor: CInt
    /// The least severe level that is written; a reload changes it for every logger at once.
    private let threshold: Mutex<Logger.Level>
    /// Held while a line is written, so that lines do not run into each other.
    private let lock = Mutex<Void>(())

    init(
        format: Settings.LogFormat,
        level: Settings.LogLevel,
        isJournal: Bool,
        descriptor: CInt = STDERR_FILENO
    ) {
        self.format = format
        self.isJournal = isJournal
        self.descriptor = descriptor
        self.threshold = Mutex(Logger.Level(level))
    }

    /// Whether standard error is the journal's stream, which `JOURNAL_STREAM` names by device and inode (systemd.exec(5)).
    static func isJournal(environment: [String: String]) -> Bool {
        var status = stat()
        guard let stream = environment["JOURNAL_STREAM"], fstat(STDERR_FILENO, &status) == 0 else { return false }
        return stream == "\(status.st_dev):\(status.st_ino)"
    }

    var level: Logger.Level {
        get { self.threshold.withLock(\.self) }
        set { self.threshold.withLock { $0 = newValue } }
    }

    /// A logger that writes here.
    func logger(label: String) -> Logger {
        Logger(label: label) { _ in Handler(log: self) }
    }

    func write(_ line: Line) {
        let bytes = Self.bytes(line, format: self.format, isJournal: self.isJournal)
        self.lock.withLock { _ in
            var written = 0
            while written < bytes.count {
                let count = bytes.withUnsafeBytes { buffer in
                    Glibc.write(self.descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
                }
                if count > 0 {
                    written += count
                } else if errno != EINTR {
                    // A log that nobody takes must not stop the service.
                    return
                }
            }
        }
    }

    /// The line with its line feed.
    static func bytes(_ line: Line, format: Settings.LogFormat, isJournal: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        if isJournal { bytes += "<\(line.level.syslogPriority)>".utf8 }
        switch format {
        case .json:
            var writer = JSONWriter()
            writer.beginObject()
            writer.key("time")
            var time: [UInt8] = []
            Self.append(line.time, to: &time)
            writer.string(escaped: time)
            writer.key("level")
            writer.string(line.level.rawValue)
            writer.key("message")
            writer.string(line.message)
            for (key, value) in line.metadata {
                writer.key(["time", "level", "message"].contains(key) ? "\(key)_" : key)
                writer.string(value)
            }
            writer.endObject()
            bytes += writer.bytes
        case .text:
            // The journal has its own time stamps and levels.
            if !isJournal {
                Self.append(line.time, to: &bytes)
                bytes += " \(line.level.rawValue) ".utf8
            }
            bytes += Self.onOneLine(line.message).utf8
            for (key, value) in line.metadata {
                bytes.append(UInt8(ascii: " "))
                bytes += key.utf8
                bytes.append(UInt8(ascii: "="))
                bytes += Self.quoted(value).utf8
            }
        }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    /// The time in UTC with milliseconds, as RFC 3339 writes it.
    private static func append(_ time: timespec, to bytes: inout [UInt8]) {
        var seconds = time.tv_sec
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func append(_ value: Int, digits: Int, _ end: Unicode.Scalar) {
            var unit = 1
            for _ in 1..<digits { unit *= 10 }
            while unit > 0 {
                bytes.append(UInt8(ascii: "0") + UInt8(value / unit % 10))
                unit /= 10
            }
            bytes.append(UInt8(ascii: end))
        }
        append(Int(parts.tm_year) + 1900, digits: 4, "-")
        append(Int(parts.tm_mon) + 1, digits: 2, "-")
        append(Int(parts.tm_mday), digits: 2, "T")
        append(Int(parts.tm_hour), digits: 2, ":")
        append(Int(parts.tm_min), digits: 2, ":")
        append(Int(parts.tm_sec), digits: 2, ".")
        append(time.tv_nsec / 1_000_000, digits: 3, "Z")
    }

    /// A value in quotes unless it is one plain word.
    private static func quoted(_ value: String) -> String {
        let isPlain = value.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x3D && $0 != 0x5C }
        guard value.isEmpty || !isPlain else { return value }
        var writer = JSONWriter()
        writer.string(Self.onOneLine(value))
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// The text without characters that end a line or drive a terminal.
    private static func onOneLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) else {
            return text
        }
        return text.unicodeScalars.map { scalar in
            scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
                ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }
        .joined()
    }

    /// What swift-log calls.
    private struct Handler: LogHandler {
        let log: StandardErrorLog
        var metadata: Logger.Metadata = [:]
        var metadataProvider: Logger.MetadataProvider?

        var logLevel: Logger.Level {
            get { self.log.level }
            // One level for the whole process: a reload must reach loggers that were copied long ago.
            set { self.log.level = newValue }
        }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            var metadata = self.metadata
            if let provided = self.metadataProvider?.get() { metadata.merge(provided) { $1 } }
            if let given = event.metadata {
                if metadata.isEmpty { metadata = given } else { metadata.merge(given) { $1 } }
            }
            self.log.write(
                Line(
                    time: time,
                    level: event.level,
                    message: event.message.description,
                    metadata: metadata.map { ($0.key, $0.value.description) }.sorted { $0.0 < $1.0 }
                )
            )
        }
    }
}

extension Logger.Level {
    init(_ level: Settings.LogLevel) {
        switch level {
        case .trace: self = .trace
        case .debug: self = .debug
        case .info: self = .info
        case .notice: self = .notice
        case .warning: self = .warning
        case .error: self = .error
        case .critical: self = .critical
        }
    }

    /// The level as syslog and the journal number it (sd-daemon(3)).
    fileprivate var syslogPriority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
