import CPython
import Tasks

/// The `sys.stdout` and `sys.stderr` of tasks: text streams that pass writes and flushes to the sink of the running
/// task. Writes are dropped while there is no sink. `Interpreter` owns the one instance.
final class TaskStreams {
    /// The sink of the running task; nil while there is none.
    // Safety: read and written only by threads that hold the interpreter lock.
    nonisolated(unsafe) private static var sink: (any TaskSink)?
    /// The type of the streams. Lives as long as the process.
    // Safety: written once at the start, by the only thread that exists then.
    nonisolated(unsafe) private static var streamType: TypeObject?
    /// The sink and the encoder for prints in n8n's dialect; nil for other tasks.
    // Safety: read and written only by threads that hold the interpreter lock.
    nonisolated(unsafe) private(set) static var console: (sink: any TaskSink, encoder: ItemsEncoder)?

    private let type: PythonReference
    private let stdout: PythonReference
    private let stderr: PythonReference

    /// Makes both streams and stores them in `sys`. `sys.stdin` becomes None.
    static func install() throws(PythonException) -> TaskStreams {
        let streams = try TaskStreams()
        for name: StaticString in ["stdout", "__stdout__"] {
            unsafe try checking(PySys_SetObject(name.cString, streams.stdout.pointer))
        }
        for name: StaticString in ["stderr", "__stderr__"] {
            unsafe try checking(PySys_SetObject(name.cString, streams.stderr.pointer))
        }
        for name: StaticString in ["stdin", "__stdin__"] {
            unsafe try checking(PySys_SetObject(name.cString, CPython_None()))
        }
        unsafe Self.streamType = TypeObject(streams.type.duplicate().leak())
        return streams
    }

    private init() throws(PythonException) {
        self.type = try OutputStreamType.make()
        self.stdout = try OutputStreamType.makeInstance(of: self.type, .stdout)
        self.stderr = try OutputStreamType.makeInstance(of: self.type, .stderr)
    }

    /// Sends prints to `sink` from now on; nil drops them.
    ///
    /// - Parameters:
    ///   - sink: The sink of the running task; nil when no task runs.
    ///   - console: Encodes the arguments of prints; nil if the sink gets text.
    func connect(_ sink: (any TaskSink)?, console: ItemsEncoder? = nil) {
        unsafe Self.sink = sink
        if let sink, let console {
            unsafe Self.console = (sink, console)
        } else {
            unsafe Self.console = nil
        }
    }

    /// The stream that an object stands for; nil if it is not one of the task's streams.
    static func stream(_ object: BorrowedReference) -> LogStream? {
        guard unsafe object.type == Self.streamType else { return nil }
        return OutputStreamType.stream(of: object)
    }

    /// Makes the sink send the prints that it has delayed.
    static func flush() {
        unsafe Self.sink?.flush()
    }

    /// Sends text to the sink.
    static func emit(_ stream: LogStream, _ text: UnsafeRawBufferPointer) {
        guard text.count > 0 else { return }
        unsafe Self.sink?.log(stream, text)
    }

    /// Sends the text of a `str` to the sink.
    static func emit(_ stream: LogStream, _ text: BorrowedReference) {
        guard unsafe Self.sink != nil else { return }
        let pointer = unsafe text.pointer
        if unsafe CPython_Unicode_IS_ASCII(pointer) != 0 {
            // Safety: an ASCII string stores one byte a character, and the caller keeps it alive.
            unsafe Self.emit(
                stream,
                UnsafeRawBufferPointer(start: CPython_Unicode_DATA(pointer), count: CPython_Unicode_LENGTH(pointer))
            )
            return
        }
        let buffer = OutputBuffer(limit: Int.max)
        TextWriter.write(text, to: buffer, as: .plain)
        unsafe buffer.withUnsafeBytes { unsafe Self.emit(stream, $0) }
    }
}
