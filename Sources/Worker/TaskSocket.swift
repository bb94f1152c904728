import Linux
import Tasks
import Wire

/// A worker's only way out: its end of the task socket.
///
/// When the broker is gone there is nobody to tell, so a write that fails ends the process.
struct TaskSocket {
    private let descriptor: CInt

    /// The descriptor is the worker's for the rest of its life, and closed by its end.
    init(_ descriptor: CInt) {
        self.descriptor = descriptor
    }

    /// What comes over the socket.
    enum Arrival {
        case task(TaskFrame)
        /// A task of so many bytes, which were read and dropped.
        case tooLarge(Int)
        /// The broker closed the socket instead.
        case nothing
    }

    /// Waits for the task.
    ///
    /// - Parameter room: How many bytes it may have. There may be no memory for more, and to ask for it would be the end.
    /// - Returns: What came, whole.
    /// - Throws: `SystemError` or `WireError`.
    func receiveTask(room: Int) throws -> Arrival {
        guard let head = try DescriptorIO.readFully(FrameHeader.size, from: self.descriptor) else { return .nothing }
        let header = try FrameHeader(bytes: head[...])
        guard Int(header.length) <= room else {
            try self.drop(Int(header.length))
            return .tooLarge(Int(header.length))
        }
        guard let payload = try DescriptorIO.readFully(Int(header.length), from: self.descriptor) else {
            throw WireError.truncated
        }
        return .task(try TaskFrame(header: header, payload: payload))
    }

    /// Reads what nobody wants: the broker sends it before it listens.
    private func drop(_ count: Int) throws {
        var left = count
        while left > 0 {
            guard let part = try DescriptorIO.readSome(maximum: min(left, 64 * 1024), from: self.descriptor) else {
                throw WireError.truncated
            }
            left -= part.count
        }
    }

    /// Sends a frame that stands in these parts, whole before a soft stop may send its own.
    func send(_ parts: UnsafeRawBufferPointer...) {
        SoftStop.frameBegan()
        do {
            for part in parts {
                try DescriptorIO.writeFully(part, to: self.descriptor)
            }
        } catch {
            CurrentProcess.exitNow(WorkerExitStatus.brokerGone)
        }
        SoftStop.frameEnded()
    }

    func send(_ frame: WorkerFrame) {
        frame.encoded.withUnsafeBytes { self.send($0) }
    }

    /// Sends a result: a small one in one piece, so that the broker wakes up once, a large one without copying it.
    func send(result: UnsafeRawBufferPointer, _ usage: ReportedUsage) {
        let head = WorkerFrame.resultHead(usage, count: result.count)
        if result.count <= Self.smallResult {
            (head + result).withUnsafeBytes { self.send($0) }
        } else {
            head.withUnsafeBytes { self.send($0, result) }
        }
    }

    private static let smallResult = 64 * 1024

    /// Sends printed text: at most ``WorkerFrame/maximumLogText`` bytes, whole characters.
    func send(log text: UnsafeRawBufferPointer, _ stream: LogStream) {
        let frame = WorkerFrame.logHead(stream, count: text.count) + text
        frame.withUnsafeBytes { self.send($0) }
    }
}

/// What the exit status of a process of ours says, when it says anything.
enum WorkerExitStatus {
    static let done: Int32 = 0
    /// There was nobody to send to.
    static let brokerGone: Int32 = 70
    /// The confinement could not be put in place.
    static let notConfined: Int32 = 71
    /// What arrived was no task.
    static let notATask: Int32 = 72
    /// The fork server could not serve, and has said why.
    static let cannotServe: Int32 = 73
}
