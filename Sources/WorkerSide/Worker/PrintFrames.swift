import Linux
import Tasks
import Wire

/// Packs a task's prints into frames and merges consecutive prints: a frame costs the broker as much as a kilobyte of
/// text, and a loop can print a million times a second.
///
/// The first print after an interval without prints is written at once. Later prints wait in the ``SignalSafeBuffer``
/// until its timer fires, the buffer is full, or a frame of another kind follows. A print thus reaches the broker within
/// two intervals, even while the task sleeps or computes.
///
/// The timer's signal handler writes the buffer. A thread in place of the timer might not start, because a task may use
/// up the limit on threads. Hooks of the interpreter do not run during a call into a library. The buffer is also
/// written for `flush=True` and `sys.stdout.flush()`, and when the worker ends, except by SIGKILL or `os._exit`.
///
/// ``SocketSink`` owns the only instance. No other code leaves bytes in the buffer.
struct PrintFrames {
    private let socket: TaskSocket
    /// The last frame of the buffer, if it is a text frame: more text of the same stream can be added to it.
    private var open: OpenFrame?

    private struct OpenFrame {
        var start: Int
        var stream: LogStream
        var textCount: Int
        /// The offset after the frame's last byte.
        var end: Int
    }

    /// The longest time that a print waits, and the period of the timer that interrupts a task that prints continuously.
    static let interval = Duration.milliseconds(10)

    init(socket: TaskSocket) {
        self.socket = socket
    }

    /// Sends text within an interval. The text has at most ``WorkerFrame/maximumLogText`` bytes and consists of whole
    /// characters.
    mutating func add(_ text: UnsafeRawBufferPointer, _ stream: LogStream) {
        self.socket.locked {
            let isKept = SignalSafeBuffer.keepsBytes()
            if !self.extend(with: text, stream) {
                let head = WorkerFrame.logHead(stream, count: text.count)
                let start = try head.withUnsafeBytes { try self.socket.append($0, text) }
                self.open = start.map {
                    OpenFrame(start: $0, stream: stream, textCount: text.count, end: SignalSafeBuffer.count)
                }
            }
            if !isKept { try self.socket.flush() }
        }
    }

    /// Sends a whole frame within an interval.
    mutating func add(_ frame: WorkerFrame) {
        self.open = nil
        let bytes = frame.encoded
        self.socket.locked {
            let isKept = SignalSafeBuffer.keepsBytes()
            _ = try bytes.withUnsafeBytes { try self.socket.append($0) }
            if !isKept { try self.socket.flush() }
        }
    }

    /// Adds text to the last frame, if that frame is of the same stream, is not full and has not been written yet.
    private mutating func extend(with text: UnsafeRawBufferPointer, _ stream: LogStream) -> Bool {
        guard var frame = self.open, frame.stream == stream, frame.end == SignalSafeBuffer.count,
            frame.textCount + text.count <= WorkerFrame.maximumLogText, SignalSafeBuffer.append(text)
        else { return false }
        frame.textCount += text.count
        frame.end += text.count
        self.open = frame
        WorkerFrame.logHead(stream, count: frame.textCount).withUnsafeBytes {
            SignalSafeBuffer.replace(at: frame.start, with: $0)
        }
        return true
    }
}
