internal import CLinux
internal import Glibc

/// Lets a process that is stopped say where it was: on a signal it writes a text trace of itself to a socket and ends.
///
/// The handler is C, runs on a stack of its own and does nothing that a signal handler may not (signal-safety(7)).
public enum SoftStop {
    /// Writes text about the process to a descriptor. Must be async-signal-safe; CPython's `_Py_DumpTraceback` is.
    public typealias Dump = @convention(c) (CInt, UnsafeMutableRawPointer?) -> Void

    /// The status a process ends with after a soft stop.
    public static var exitStatus: Int32 { CLinux_soft_stop_exit_status }

    /// The signal used unless another is named: SIGUSR1.
    public static var defaultSignal: CInt { SIGUSR1 }

    /// Installs the handler.
    ///
    /// - Parameters:
    ///   - signal: The signal that asks for the stop.
    ///   - socket: Where header and trace go. It stays the caller's; a blocking descriptor.
    ///   - frameHeader: At most 64 bytes that are written first, so that the reader knows what follows up to the end of
    ///     the stream.
    ///   - dump: Writes the trace; nil for none.
    ///   - context: Handed to `dump`; must stay valid for as long as the process lives.
    /// - Throws: `SystemError`; EINVAL when the header is empty or too long.
    public static func install(
        signal: CInt = SoftStop.defaultSignal,
        socket: CInt,
        frameHeader: [UInt8],
        dump: Dump?,
        context: UnsafeMutableRawPointer?
    ) throws(SystemError) {
        // Safety: the header is copied before the call returns; the context is the caller's promise above.
        let result = unsafe frameHeader.withUnsafeBufferPointer { header -> Int32 in
            guard let base = header.baseAddress else { return -EINVAL }
            return unsafe CLinux_soft_stop_install(signal, socket, base, header.count, dump, context)
        }
        try checked("sigaction", result)
    }

    /// What code that goes wrong dies of, and the signal of a used-up RLIMIT_CPU (getrlimit(2)).
    public static var deadlySignals: [CInt] { [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGXCPU] }

    /// Has the process say where it was before it dies of one of the ``deadlySignals``; it dies of it all the same.
    /// After ``install(signal:socket:frameHeader:dump:context:)``.
    ///
    /// - Parameter spareMemory: Bytes that a process must still be able to get at its death; of one that cannot,
    ///   ``outOfMemoryLine`` is said. 0 does not ask.
    /// - Throws: `SystemError`.
    public static func reportDeaths(spareMemory: Int) throws(SystemError) {
        for signal in self.deadlySignals {
            try checked("sigaction", CLinux_soft_stop_report_death(signal, max(0, spareMemory)))
        }
    }

    /// The line before the trace of a process that died when it was short of memory.
    public static let outOfMemoryLine = "out of memory"

    /// The start of the line that names a call for which the filter ended the process; it stands before the trace.
    public static let blockedPrefix = "blocked: "

    /// Marks the start of a frame's write: a stop that arrives now waits for ``frameEnded()``.
    @inline(__always)
    public static func frameBegan() { CLinux_frame_begin() }

    /// Marks the end of a frame's write. Does not return when a stop waited for it.
    @inline(__always)
    public static func frameEnded() { CLinux_frame_end() }
}
