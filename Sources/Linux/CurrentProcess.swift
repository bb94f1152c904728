internal import CLinux
internal import Glibc

/// What a process does to, or asks about, itself.
public enum CurrentProcess {
    /// The process's number in its own namespace.
    public static var pid: Int32 { getpid() }

    /// The parent's number; 0 when the parent is outside this process's namespace.
    public static var parentPID: Int32 { getppid() }

    /// The effective user id.
    public static var userID: UInt32 { geteuid() }

    /// The effective group id.
    public static var groupID: UInt32 { getegid() }

    /// What this process has used so far.
    public static func usage() -> ChildUsage {
        var usage = CLinux_usage()
        // Safety: the call fills the structure it is given.
        unsafe CLinux_own_usage(&usage)
        return ChildUsage(usage)
    }

    /// Ends the process at once: no exit handlers, no flushing, no destructors (_exit(2)).
    public static func exitNow(_ status: Int32) -> Never {
        _exit(status)
    }

    /// Closes every descriptor from `first` on (close_range(2)).
    public static func closeDescriptors(from first: CInt) throws(SystemError) {
        try self.closeDescriptors(first...CInt.max)
    }

    /// Closes every descriptor of a range.
    public static func closeDescriptors(_ range: ClosedRange<CInt>) throws(SystemError) {
        let last = range.upperBound == CInt.max ? UInt32.max : UInt32(range.upperBound)
        try checked("close_range", CLinux_close_range(UInt32(range.lowerBound), last))
    }

    /// Moves a descriptor to another number, closing what was there (dup3(2)). The result is not close-on-exec.
    public static func moveDescriptor(_ from: CInt, to target: CInt) throws(SystemError) {
        guard from != target else { return }
        try retrying("dup2") { dup2(from, target) }
        _ = close(from)
    }

    /// The number of threads, from /proc.
    ///
    /// - Throws: `SystemError`; ENOENT where /proc is not mounted.
    public static func threadCount() throws(SystemError) -> Int {
        Int(try checked("opendir", CLinux_thread_count()))
    }

    /// Whether other processes of the same user may trace this one or read its memory, and whether it dumps core
    /// (prctl(2), PR_SET_DUMPABLE).
    public static func setDumpable(_ on: Bool) throws(SystemError) {
        try checked("prctl(PR_SET_DUMPABLE)", CLinux_set_dumpable(on ? 1 : 0))
    }

    /// Sets the calling thread's time slice, which forked children inherit (sched_setattr(2), `sched_runtime`).
    ///
    /// It changes nobody's share of the processor, but whom a thread that wakes up may interrupt: those with a longer slice
    /// than its own. Linux takes from 0.1 to 100 ms, as of version 6.12; earlier ones ignore it.
    ///
    /// - Throws: `SystemError`; EINVAL in a thread that is scheduled in another way than by shares.
    public static func setTimeSlice(_ slice: Duration) throws(SystemError) {
        let (seconds, attoseconds) = slice.components
        let nanoseconds = UInt64(clamping: seconds) * 1_000_000_000 + UInt64(clamping: attoseconds / 1_000_000_000)
        try checked("sched_setattr", CLinux_set_slice(nanoseconds))
    }

    /// Ignores a signal; forked children inherit that.
    public static func ignore(_ signal: CInt) throws(SystemError) {
        try checked("sigaction", CLinux_ignore_signal(signal))
    }

    /// Gives a signal its default action back.
    public static func restoreDefault(_ signal: CInt) throws(SystemError) {
        try checked("sigaction", CLinux_default_signal(signal))
    }

    /// Limits how many arenas malloc makes for threads: each reserves 64 MB of address space (mallopt(3)).
    public static func limitArenas(_ count: Int) throws(SystemError) {
        try checked("mallopt", CLinux_limit_arenas(Int32(clamping: count)))
    }

    /// Sets the mask that new files' modes are held against (umask(2)).
    public static func setFileModeMask(_ mask: UInt32) {
        _ = umask(mode_t(mask))
    }

    /// The value of an environment variable, nil when it is not set.
    public static func environmentValue(_ name: String) -> String? {
        // Safety: getenv returns null or a NUL-terminated text that lasts until the environment is changed.
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    /// The names of all environment variables. Not safe while other threads change the environment.
    public static var environmentNames: [String] {
        var names: [String] = []
        // Safety: environ is null, or an array of NUL-terminated texts that ends with a null.
        var entry: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe environ
        while let text = unsafe entry?.pointee {
            names.append(String(unsafe String(cString: text).prefix { $0 != "=" }))
            unsafe entry = unsafe entry?.successor()
        }
        return names
    }

    /// Removes an environment variable. Not safe while other threads read the environment.
    public static func removeEnvironmentValue(_ name: String) {
        _ = unsafe unsetenv(name)
    }
}
