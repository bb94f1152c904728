internal import CLinux
internal import Glibc

/// System calls on the current process: its ids, usage, descriptors, signals and environment.
public enum CurrentProcess {
    /// The process id in the process's own pid namespace.
    public static var pid: Int32 { getpid() }

    /// The effective user id.
    public static var userID: UInt32 { geteuid() }

    /// The effective group id.
    public static var groupID: UInt32 { getegid() }

    /// The resource usage of this process so far.
    public static func usage() -> ChildUsage {
        var usage = CLinux_usage()
        // Safety: the call fills the structure it is given.
        unsafe CLinux_own_usage(&usage)
        return ChildUsage(usage)
    }

    /// The number of processors that are online, at least 1 (sysconf(3)).
    public static var processors: Int { max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN))) }

    /// Makes the kernel send SIGKILL to this process when the thread that started it ends (prctl(2), PR_SET_PDEATHSIG).
    /// Forked children do not inherit the setting, and a change of the identity or a gain of capabilities clears it.
    ///
    /// If the thread ended before this call, no signal is sent, so the caller has to detect that. getppid(2) does not
    /// help if the parent is outside of this pid namespace: it always returns 0 then.
    public static func endWithParent() throws(SystemError) {
        try checked("prctl(PR_SET_PDEATHSIG)", CLinux_end_with_parent())
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

    /// The number of threads, from /proc.
    ///
    /// - Throws: `SystemError`; ENOENT where /proc is not mounted.
    public static func threadCount() throws(SystemError) -> Int {
        // Safety: the call reads the path, a literal that ends with NUL.
        Int(try checked("opendir", unsafe CLinux_count_entries("/proc/self/task")))
    }

    /// The number of open descriptors, from /proc.
    ///
    /// - Throws: `SystemError`; ENOENT where /proc is not mounted.
    public static func descriptorCount() throws(SystemError) -> Int {
        // One is subtracted, because opendir(3) itself opens a descriptor.
        // Safety: the call reads the path, a literal that ends with NUL.
        Int(try checked("opendir", unsafe CLinux_count_entries("/proc/self/fd"))) - 1
    }

    /// Sets whether other processes of the same user may trace this process or read its memory, and whether it dumps
    /// core (prctl(2), PR_SET_DUMPABLE).
    public static func setDumpable(_ on: Bool) throws(SystemError) {
        try checked("prctl(PR_SET_DUMPABLE)", CLinux_set_dumpable(on ? 1 : 0))
    }

    /// Sets the calling thread's time slice, which forked children inherit (sched_setattr(2), `sched_runtime`).
    ///
    /// The thread's share of the processor stays the same. A woken thread preempts a running thread whose slice is
    /// longer than its own. Linux accepts 0.1 to 100 ms as of version 6.12; earlier versions ignore the value.
    ///
    /// - Throws: `SystemError`; EINVAL in a thread whose scheduling policy is not SCHED_OTHER.
    public static func setTimeSlice(_ slice: Duration) throws(SystemError) {
        let (seconds, attoseconds) = slice.components
        let nanoseconds = UInt64(clamping: seconds) * 1_000_000_000 + UInt64(clamping: attoseconds / 1_000_000_000)
        try checked("sched_setattr", CLinux_set_slice(nanoseconds))
    }

    /// Ignores a signal; forked children inherit the setting.
    public static func ignore(_ signal: CInt) throws(SystemError) {
        try checked("sigaction", CLinux_ignore_signal(signal))
    }

    /// Limits the number of malloc arenas (mallopt(3)). Each arena for threads reserves 64 MB of address space.
    public static func limitArenas(_ count: Int) throws(SystemError) {
        try checked("mallopt", CLinux_limit_arenas(Int32(clamping: count)))
    }

    /// Sets the mask of permission bits that new files do not get (umask(2)).
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

    /// Sets an environment variable. Not safe while other threads read the environment.
    public static func setEnvironmentValue(_ name: String, _ value: String) {
        _ = unsafe setenv(name, value, 1)
    }

    /// Removes an environment variable. Not safe while other threads read the environment.
    public static func removeEnvironmentValue(_ name: String) {
        _ = unsafe unsetenv(name)
    }
}
