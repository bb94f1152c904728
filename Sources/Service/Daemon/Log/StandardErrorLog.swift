import Glibc
import Logging
import Settings
import Synchronization

/// The log of this process: one line for each event, as text or JSON, on standard error. Lines below the level
/// `warning` can go to standard output instead.
///
/// A logging call formats the line (``LogLineFormat``) and queues it; a `LogWriter` writes it. If standard error is not
/// read, lines are dropped and the service is not delayed. The owner calls `flush` before the process ends.
final class StandardErrorLog: Sendable {
    private let format: LogLineFormat
    private let writer: LogWriter
    /// Writes the lines below the level `warning`. The same object as `writer` unless they go to another descriptor.
    private let ordinaryWriter: LogWriter
    /// The least severe level that is written. A reload changes it for all loggers at once.
    private let threshold: Mutex<Logger.Level>

    init(
        format: ServiceSettings.LogFormat,
        level: ServiceSettings.LogLevel,
        isJournal: Bool,
        descriptor: CInt = STDERR_FILENO,
        ordinary: CInt? = nil
    ) {
        let format = LogLineFormat(format, isJournal: isJournal)
        self.format = format
        let writer = LogWriter(descriptor: descriptor) { format.bytes(.missing($0)) }
        self.writer = writer
        self.ordinaryWriter = ordinary.map { LogWriter(descriptor: $0) { format.bytes(.missing($0)) } } ?? writer
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

    /// Creates a logger that writes to this log.
    func logger(label: String) -> Logger {
        Logger(label: label) { _ in Handler(log: self) }
    }

    /// Queues a line. Does not block.
    func write(_ line: LogLine) {
        (line.level < .warning ? self.ordinaryWriter : self.writer).append(self.format.bytes(line))
    }

    /// How many lines were dropped because the stream was not read fast enough, or could not be written.
    var droppedLines: Int {
        self.writer.dropped + (self.ordinaryWriter === self.writer ? 0 : self.ordinaryWriter.dropped)
    }

    /// Waits until all queued lines are written. Blocks the calling thread for at most one second for each of the two
    /// writers, so that a stalled reader of the log does not keep the process from ending.
    func flush() {
        self.ordinaryWriter.flush(within: .seconds(1))
        self.writer.flush(within: .seconds(1))
    }

    /// The swift-log back end of this log.
    private struct Handler: LogHandler {
        let log: StandardErrorLog
        var metadata: Logger.Metadata = [:]
        var metadataProvider: Logger.MetadataProvider?

        var logLevel: Logger.Level {
            get { self.log.level }
            // The level is shared by all loggers, because a reload must also affect copies of a logger.
            set { self.log.level = newValue }
        }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            var metadata = self.metadata
            if let provided = self.metadataProvider?.get() { metadata.merge(provided) { $1 } }
            if let given = event.metadata {
                if metadata.isEmpty { metadata = given } else { metadata.merge(given) { $1 } }
            }
            self.log.write(LogLine(level: event.level, message: event.message.description, metadata: metadata))
        }
    }
}

extension Logger.Level {
    init(_ level: ServiceSettings.LogLevel) {
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
}
