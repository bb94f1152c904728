internal import CLinux

/// A buffer of bytes to be written to a socket, in memory that signal handlers may read. Ordinary code writes the bytes to
/// the socket, and so do the signal handlers for a soft stop, for a crash and for a timer. A process has one buffer, with
/// a lock that prevents a handler from writing in the middle of a frame.
///
/// The timer is for a process that prints and then computes or sleeps: its handler writes the bytes that are still in the
/// buffer. The handler stops the timer if the buffer is empty.
public enum SignalSafeBuffer {
    /// The capacity of the buffer, in bytes.
    public static var capacity: Int { CLinux_buffer_capacity }

    /// Creates the timer, whose signals (SIGRTMIN) go to the calling thread. Until then ``keepsBytes()`` returns false.
    ///
    /// - Parameters:
    ///   - socket: The blocking descriptor that the handler writes to. The caller keeps it open.
    ///   - interval: The longest time that bytes stay in the buffer, as long as the socket can be written to.
    /// - Throws: `SystemError`; EAGAIN when the user's limit on timers is reached.
    public static func start(socket: CInt, interval: Duration) throws(SystemError) {
        let (seconds, attoseconds) = interval.components
        try checked("timer_create", CLinux_buffer_start(socket, seconds * 1_000_000_000 + attoseconds / 1_000_000_000))
    }

    /// Takes the lock. It must be held to read or change the buffer, and for any other write to the socket. A soft stop or
    /// SIGXCPU that arrives meanwhile waits for ``unlock()``. Does not nest.
    public static func lock() { CLinux_frame_lock() }

    /// Releases the lock. If a stop was waiting for it, the process ends here.
    public static func unlock() { CLinux_frame_unlock() }

    /// The number of bytes in the buffer. It becomes zero when a handler writes them.
    public static var count: Int { CLinux_buffer_count() }

    /// Adds bytes.
    ///
    /// - Returns: Whether the bytes fitted.
    public static func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let start = bytes.baseAddress else { return true }
        // Safety: the call reads as many bytes as the buffer has.
        return unsafe CLinux_buffer_append(start.assumingMemoryBound(to: UInt8.self), bytes.count) == 0
    }

    /// Overwrites bytes in the buffer.
    public static func replace(at offset: Int, with bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        // Safety: the call reads as many bytes as the buffer has, and checks the range that it writes.
        let result = unsafe CLinux_buffer_replace(offset, start.assumingMemoryBound(to: UInt8.self), bytes.count)
        precondition(result == 0, "bytes \(offset)..<\(offset + bytes.count) do not wait")
    }

    /// Whether bytes may stay in the buffer until the timer fires. The first call after an interval without prints
    /// returns false and starts the timer, so that a single print is written without delay. Without a timer, every call
    /// returns false.
    public static func keepsBytes() -> Bool { CLinux_buffer_keeps() != 0 }

    /// Writes the bytes in the buffer.
    ///
    /// - Throws: `SystemError`; bytes that could not be written are dropped.
    public static func flush(to descriptor: CInt) throws(SystemError) {
        try checked("write", CLinux_buffer_flush(descriptor))
    }
}
