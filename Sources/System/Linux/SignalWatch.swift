internal import CLinux
internal import Glibc

/// Delivers signals of this process as calls on a dedicated thread.
///
/// The thread is created at start-up, so that signals are handled even while a limit on threads is reached. (Dispatch
/// creates a thread when a signal arrives. It would wait until the limit permits one.)
public enum SignalWatch {
    /// Handles these signals for the life of the process. May be called once.
    ///
    /// - Parameters:
    ///   - signals: The signals' numbers.
    ///   - handler: Called on the thread for each signal in turn, with its number. It may block; later signals then
    ///     wait.
    /// - Throws: `SystemError`; EBUSY at a second call.
    public static func start(_ signals: [CInt], _ handler: @escaping @Sendable (CInt) -> Void) throws(SystemError) {
        // Safety: the call reads `count` numbers.
        let result = unsafe signals.withUnsafeBufferPointer { numbers in
            unsafe numbers.baseAddress.map { unsafe CLinux_watch_signals($0, numbers.count) } ?? -EINVAL
        }
        // The pipe is never closed, because the handlers that write to it stay installed.
        let pipe = try checked("pipe2", result)
        try DedicatedThread.start {
            Self.unblock(signals)
            while let bytes = try? DescriptorIO.readSome(maximum: 1, from: pipe), let number = bytes.first {
                handler(CInt(number))
            }
        }
    }

    /// Unblocks the signals on this thread, which inherits its mask from the thread that created it.
    private static func unblock(_ signals: [CInt]) {
        // Safety: the call reads `count` numbers. It cannot fail for a set of signals.
        _ = unsafe signals.withUnsafeBufferPointer { numbers in
            unsafe numbers.baseAddress.map { unsafe CLinux_unblock_signals($0, numbers.count) }
        }
    }
}
