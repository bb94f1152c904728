import CPython
import Tasks

/// `sys.stdout` and `sys.stderr` as tasks see them: text streams whose writes go to the sink of the running task at
/// once, and nowhere when there is none.
@safe
final class TaskStreams {
    /// Where prints go right now.
    // Safety: read and written only by threads that hold the interpreter lock.
    nonisolated(unsafe) private static var sink: (any TaskSink)?

    let type: PythonReference
    let stdout: PythonReference
    let stderr: PythonReference

    /// Makes both streams and puts them into `sys`, with no standard input.
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
        unsafe Self.streamType = unsafe streams.type.duplicate().release()
        return streams
    }

    private init() throws(PythonException) {
        self.type = try OutputStreamType.make()
        self.stdout = try OutputStreamType.makeInstance(of: self.type, .stdout)
        self.stderr = try OutputStreamType.makeInstance(of: self.type, .stderr)
    }

    /// Where the prints of n8n's dialect go, and who writes them.
    // Safety: read and written only by threads that hold the interpreter lock.
    nonisolated(unsafe) private(set) static var console: (sink: any TaskSink, encoder: ItemsEncoder)?

    /// Sends prints to `sink` from now on; nil drops them.
    ///
    /// - Parameters:
    ///   - sink: Where to.
    ///   - console: Writes the arguments of prints, when they go to the sink as such.
    func connect(_ sink: (any TaskSink)?, console: ItemsEncoder? = nil) {
        unsafe Self.sink = sink
        if let sink, let console {
            unsafe Self.console = (sink, console)
        } else {
            unsafe Self.console = nil
        }
    }

    /// Owned; lives as long as the process.
    // Safety: written once at the start, by the only thread there is then.
    nonisolated(unsafe) private static var streamType: PyPointer?

    /// Which stream an object is, when it is one of ours.
    static func stream(_ object: PyPointer) -> LogStream? {
        let type = unsafe UnsafeMutableRawPointer(CPython_TYPE(object)).assumingMemoryBound(to: PyObject.self)
        guard unsafe type == Self.streamType else { return nil }
        return unsafe OutputStreamType.stream(of: object)
    }

    /// Sends text to the sink.
    static func emit(_ stream: LogStream, _ text: UnsafeRawBufferPointer) {
        guard text.count > 0 else { return }
        unsafe Self.sink?.log(stream, text)
    }

    /// Sends the text of a `str` to the sink.
    static func emit(_ stream: LogStream, _ text: PyPointer) {
        guard unsafe Self.sink != nil else { return }
        if unsafe CPython_Unicode_IS_ASCII(text) != 0 {
            // Safety: an ASCII string stores one byte a character, and the caller keeps it alive.
            unsafe Self.emit(
                stream,
                UnsafeRawBufferPointer(start: CPython_Unicode_DATA(text), count: CPython_Unicode_LENGTH(text))
            )
            return
        }
        let buffer = OutputBuffer(limit: Int.max)
        unsafe TextWriter.write(text, to: buffer, as: .plain)
        unsafe buffer.withUnsafeBytes { unsafe Self.emit(stream, $0) }
    }
}
