import Linux
import Tasks
import Wire

/// A worker's end of its task socket, the only descriptor that the worker keeps besides the standard three. Reads the
/// task, and writes frames whole and in order.
///
/// A write fails only when the broker has closed its end, and then ends the process. The worker's main thread and any
/// printing thread of the task use the socket, one at a time.
struct TaskSocket {
    private let descriptor: CInt

    /// The worker keeps the descriptor open until the process ends.
    init(_ descriptor: CInt) {
        self.descriptor = descriptor
    }

    /// The result of ``receiveTask(room:)``.
    enum Arrival {
        case task(PythonTask)
        /// A task that exceeds the room, with its size in bytes. The bytes were read and dropped.
        case tooLarge(Int)
        /// The broker closed the socket without sending a task.
        case nothing
    }

    /// Waits for the task.
    ///
    /// - Parameter room: The most bytes the task may have. A larger task may not fit into the worker's memory, and a
    ///   failed allocation aborts the process.
    /// - Returns: The whole task, or the reason why there is none.
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
        return .task(try TaskFrame.task(header: header, payload: payload))
    }

    /// Reads and drops a payload, because the broker reads no frame before it has sent the whole task.
    private func drop(_ count: Int) throws {
        var left = count
        while left > 0 {
            guard let part = try DescriptorIO.readSome(maximum: min(left, 64 * 1024), from: self.descriptor) else {
                throw WireError.truncated
            }
            left -= part.count
        }
    }

    /// Waits until the broker closes its end or exits. Data that arrives until then is dropped: a worker has no second
    /// task.
    func waitForEnd() {
        DescriptorIO.discardUntilEnd(of: self.descriptor)
    }

    /// Sends the bytes in the buffer, and then a frame that consists of the parts. They are written together if they
    /// fit into the buffer.
    func send(_ parts: UnsafeRawBufferPointer...) {
        self.locked {
            if SignalSafeBuffer.count == 0 {
                for part in parts { try DescriptorIO.writeFully(part, to: self.descriptor) }
            } else {
                _ = try self.append(parts)
                try self.flush()
            }
        }
    }

    /// Sends the bytes in the buffer.
    func sendPending() {
        self.locked { try self.flush() }
    }

    // MARK: The buffer

    /// Runs `body` with the ``SignalSafeBuffer`` locked, so that no signal handler uses the socket or the buffer
    /// meanwhile. A write that fails ends the process.
    func locked(_ body: () throws -> Void) {
        SignalSafeBuffer.lock()
        do {
            try body()
        } catch {
            CurrentProcess.exitNow(WorkerExitStatus.brokerGone)
        }
        SignalSafeBuffer.unlock()
    }

    /// Adds a frame that consists of the parts to the buffer. If the buffer has too little room, its bytes are written
    /// first. A frame that is larger than the buffer is written directly. Call it inside ``locked(_:)``.
    ///
    /// - Returns: The frame's offset in the buffer; nil if the frame was written directly.
    func append(_ parts: UnsafeRawBufferPointer...) throws(SystemError) -> Int? {
        try self.append(parts)
    }

    private func append(_ parts: [UnsafeRawBufferPointer]) throws(SystemError) -> Int? {
        let size = parts.reduce(0) { $0 + $1.count }
        if size > SignalSafeBuffer.capacity - SignalSafeBuffer.count { try self.flush() }
        guard size <= SignalSafeBuffer.capacity else {
            for part in parts { try DescriptorIO.writeFully(part, to: self.descriptor) }
            return nil
        }
        let start = SignalSafeBuffer.count
        for part in parts {
            let isAdded = SignalSafeBuffer.append(part)
            precondition(isAdded, "no room for \(part.count) bytes behind \(SignalSafeBuffer.count)")
        }
        return start
    }

    /// Writes the bytes in the buffer. Call it inside ``locked(_:)``.
    func flush() throws(SystemError) {
        try SignalSafeBuffer.flush(to: self.descriptor)
    }

    // MARK: Frames

    func send(_ frame: WorkerFrame) {
        frame.encoded.withUnsafeBytes { self.send($0) }
    }

    /// Sends a result. A small one is sent in one write, so that the broker wakes up once; a large one is sent without
    /// copying it.
    func send(result: UnsafeRawBufferPointer, _ usage: ReportedUsage) {
        let head = WorkerFrame.resultHead(usage, count: result.count)
        if result.count <= Self.smallResult {
            (head + result).withUnsafeBytes { self.send($0) }
        } else {
            head.withUnsafeBytes { self.send($0, result) }
        }
    }

    private static let smallResult = 64 * 1024
}

/// The exit statuses of fork servers and workers. A task that calls `os._exit` can produce any status.
enum WorkerExitStatus {
    /// The normal end. The broker closed the control socket of a fork server in order to stop it, or the task socket of
    /// a worker before it sent a task or after the worker's last frame.
    static let done: Int32 = 0
    /// A frame could not be written, because the broker had closed the socket.
    static let brokerGone: Int32 = 70
    /// The confinement could not be put in place.
    static let notConfined: Int32 = 71
    /// The received data was not a valid task.
    static let notATask: Int32 = 72
    /// The fork server could not start, and has sent the reason to the broker.
    static let cannotServe: Int32 = 73
}
