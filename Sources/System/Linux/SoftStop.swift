internal import CLinux
internal import Glibc

/// Stops a process with a report of where it was: the signal handler writes a stack trace as text to a socket and exits.
///
/// The handler is C, runs on an alternate stack and calls only async-signal-safe functions (signal-safety(7)). It waits
/// until a frame that is being written is complete, and writes the bytes in the ``SignalSafeBuffer`` before the trace.
public enum SoftStop {
    /// Writes text about the process to a descriptor. Must be async-signal-safe; CPython's `_Py_DumpTraceback` is.
    public typealias Dump = @convention(c) (CInt, UnsafeMutableRawPointer?) -> Void

    /// The exit status of a process after a soft stop.
    public static var exitStatus: Int32 { CLinux_soft_stop_exit_status }

    /// The default signal: SIGUSR1.
    public static var defaultSignal: CInt { SIGUSR1 }

    /// Installs the handler.
    ///
    /// - Parameters:
    ///   - signal: The signal that asks for the stop.
    ///   - socket: The blocking descriptor that the header and the trace are written to. The caller keeps it open.
    ///   - frameHeader: At most 64 bytes that are written first. They tell the reader that the rest of the stream is a
    ///     trace.
    ///   - dump: Writes the trace; nil for none.
    ///   - context: Passed to `dump`; must stay valid as long as the process lives.
    /// - Throws: `SystemError`; EINVAL when the header is empty or too long.
    public static func install(
        signal: CInt = SoftStop.defaultSignal,
        socket: CInt,
        frameHeader: [UInt8],
        dump: Dump?,
        context: UnsafeMutableRawPointer?
    ) throws(SystemError) {
        // Safety: the header is copied before the call returns; the caller keeps the context valid.
        let result = unsafe frameHeader.withUnsafeBufferPointer { header -> Int32 in
            guard let base = header.baseAddress else { return -EINVAL }
            return unsafe CLinux_soft_stop_install(signal, socket, base, header.count, dump, context)
        }
        try checked("sigaction", result)
    }

    /// The signals of crashes, and SIGXCPU, which the kernel sends when RLIMIT_CPU is used up (getrlimit(2)).
    public static var deadlySignals: [CInt] { [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGXCPU] }

    /// Makes the process write the trace before one of the ``deadlySignals`` ends it; the signal still ends it. Call it
    /// after ``install(signal:socket:frameHeader:dump:context:)``.
    ///
    /// - Parameter spareMemory: The number of bytes that the handler tries to map. It writes ``outOfMemoryLine`` if it
    ///   cannot; 0 skips the test.
    /// - Throws: `SystemError`.
    public static func reportDeaths(spareMemory: Int) throws(SystemError) {
        for signal in self.deadlySignals {
            try checked("sigaction", CLinux_soft_stop_report_death(signal, max(0, spareMemory)))
        }
    }

    /// The line before the trace of a process that crashed while memory was short.
    public static let outOfMemoryLine = "out of memory"

    /// The prefix of the line that names the system call for which the seccomp filter ended the process. The line comes
    /// before the Python traceback.
    public static let blockedPrefix = "blocked: "
}
