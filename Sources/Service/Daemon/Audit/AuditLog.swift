import Glibc
import Linux
import Logging
import Settings
import Synchronization
import Tasks

/// The audit log (`AUDIT_LOG`): one line when a task is accepted and one when it ends. The lines contain hashes of the
/// code and the items, never their text. If the second line is missing, the service ended before the task.
///
/// Lines go to a separate file as JSON, or to the log at any log level. A call formats and queues a line and does not
/// wait until it is written. Code and items are hashed on the thread that submits the task.
final class AuditLog: Sendable {
    private let destination: Destination
    /// The revision of the policy in force, which a reload replaces.
    private let revision: Mutex<String>

    private enum Destination: Sendable {
        case log(StandardErrorLog)
        case file(LogWriter)
    }

    /// The largest number of refused constructs that a line names.
    private static let maximumConstructs = 10

    /// - Parameters:
    ///   - setting: Where lines go; nothing is opened for `none`.
    ///   - log: The log of the service.
    ///   - revision: The revision of the policy in force.
    /// - Throws: ``ServiceStartError`` when the file cannot be opened for appending.
    init?(
        _ setting: ServiceSettings.AuditDestination,
        log: StandardErrorLog,
        revision: String
    ) throws(ServiceStartError) {
        switch setting {
        case .none: return nil
        case .log: self.destination = .log(log)
        case .file(let path):
            // The descriptor is never closed, because lines are written until the process ends. O_NONBLOCK makes
            // open(2) fail with ENXIO for a FIFO without a reader; otherwise it would wait for one. Regular files
            // ignore the flag.
            let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
            let descriptor = open(path, flags, 0o600)
            guard descriptor >= 0 else {
                let reason = errno == ENXIO ? "it is a FIFO without a reader" : String(cString: strerror(errno))
                throw ServiceStartError(
                    exit: .badConfiguration,
                    message: "cannot open TERRARIUM_AUDIT_LOG=\(path): \(reason)"
                )
            }
            let format = LogLineFormat(.json, isJournal: false)
            self.destination = .file(LogWriter(descriptor: descriptor) { format.bytes(.missing($0)) })
        }
        self.revision = Mutex(revision)
    }

    /// The fields that both lines of a task contain.
    struct Entry: Sendable {
        fileprivate let metadata: [String: Logger.MetadataValue]
    }

    /// The entry of a task that is being submitted. Hashes its code and its items.
    func entry(_ submission: TaskSubmission, from peer: Peer) -> Entry {
        let items = submission.task.items.bytes
        var metadata: [String: Logger.MetadataValue] = [
            "peer": .stringConvertible(peer.uid),
            "purpose": "\(submission.task.purpose)",
            "mode": "\(submission.task.mode.name)",
            "code_sha256": "\(HashText.sha256(submission.task.code))",
            "items_sha256": "\(HashText.sha256(items))",
            "items_bytes": .stringConvertible(items.count),
            "policy": "\(self.revision.withLock(\.self))",
        ]
        if let label = submission.label { metadata["label"] = "\(label)" }
        if let trace = submission.trace {
            metadata["trace.id"] = "\(trace.traceID)"
            metadata["trace.parent"] = "\(trace.parentID)"
        }
        return Entry(metadata: metadata)
    }

    /// A task was accepted.
    func accepted(_ entry: Entry, _ id: TaskID) {
        self.write("start", id, entry.metadata)
    }

    /// A task has ended.
    func ended(_ entry: Entry, _ outcome: TaskOutcome, _ id: TaskID) {
        var metadata = entry.metadata
        metadata["outcome"] = "\(outcome.name)"
        metadata["wall_ms"] = .stringConvertible(LogNumber(milliseconds: outcome.usage.wall))
        if case .failure(let failure) = outcome.result, !failure.violations.isEmpty {
            let constructs = failure.violations.prefix(Self.maximumConstructs).map(\.construct)
            metadata["constructs"] = "\(constructs.joined(separator: ", "))"
        }
        self.write("end", id, metadata)
    }

    /// A reload has replaced the policy.
    func policyChanged(to revision: String) {
        self.revision.withLock { $0 = revision }
    }

    /// How many lines of the file were dropped or could not be written; 0 for lines that go to the log, which counts
    /// them.
    var droppedLines: Int {
        if case .file(let writer) = self.destination { writer.dropped } else { 0 }
    }

    /// Waits until all queued lines of the file are written, for a second at most.
    func flush() {
        if case .file(let writer) = self.destination { writer.flush(within: .seconds(1)) }
    }

    private func write(_ event: String, _ id: TaskID, _ metadata: [String: Logger.MetadataValue]) {
        var metadata = metadata
        metadata["audit"] = "\(event)"
        metadata["task.id"] = "\(id)"
        if metadata["trace.id"] != nil { metadata["trace.span"] = "\(TraceContext.span(of: id))" }
        let line = LogLine(
            level: .notice,
            message: event == "start" ? "task accepted" : "task ended",
            metadata: metadata
        )
        switch self.destination {
        case .log(let log): log.write(line)
        case .file(let writer): writer.append(LogLineFormat(.json, isJournal: false).bytes(line))
        }
    }
}
