import Glibc
import JSONBytes
import Logging
import Settings
import Text

/// The format of log lines (`LOG_FORMAT`): text, or one JSON object a line. If standard error is connected to the journal,
/// a line starts with the journal's priority prefix. Both formats escape unsafe characters: see ``PrintableText`` and
/// ``JSONEscaping``.
struct LogLineFormat: Sendable {
    private let form: ServiceSettings.LogFormat
    private let isJournal: Bool

    /// - Parameters:
    ///   - form: Text or JSON.
    ///   - isJournal: Whether systemd's journal reads the lines. If so, each line begins with `<priority>`, and text has no
    ///     time.
    init(_ form: ServiceSettings.LogFormat, isJournal: Bool) {
        self.form = form
        self.isJournal = isJournal
    }

    /// Formats a line, with its line feed.
    func bytes(_ line: LogLine) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        if self.isJournal { bytes += "<\(line.level.syslogPriority)>".utf8 }
        switch self.form {
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
                if line.numbers.contains(key) { writer.raw(value.utf8) } else { writer.string(value) }
            }
            writer.endObject()
            bytes += writer.bytes
        case .text:
            // The journal adds time stamps and levels itself.
            if !self.isJournal {
                Self.append(line.time, to: &bytes)
                bytes += " \(line.level.rawValue) ".utf8
            }
            bytes += PrintableText.line(line.message).utf8
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

    /// Appends the time in UTC with milliseconds (RFC 3339).
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

    /// Returns the value as it is if it is one word of plain characters, and as a JSON string otherwise.
    private static func quoted(_ value: String) -> String {
        let isPlain = value.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x3D && $0 != 0x5C }
        guard value.isEmpty || !isPlain else { return value }
        var writer = JSONWriter()
        writer.string(value)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension Logger.Level {
    /// The priority number of the level in syslog and the journal (sd-daemon(3)).
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
