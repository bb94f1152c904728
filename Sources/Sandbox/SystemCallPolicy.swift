/// The system calls of a worker: everything that is not named here answers ENOSYS.
///
/// Rules of one call never overlap in what they do: for any arguments at most one action applies, so that their order
/// means nothing. A test holds them to it.
public enum SystemCallPolicy {
    /// The errno of calls without a rule.
    public static let unknownCall: Int32 = 38

    /// All rules of a worker.
    public static let rules: [SystemCallRule] = {
        let rows = [
            memory, threads, files, time, signals, identity, limits, communication, processes, fileChanges,
            otherProcesses, dangerous,
        ]
        return rows.flatMap { $0 }.flatMap(\.rules)
    }()

    // Values of the kernel's headers, the same on x86_64 and arm64.
    private static let mapShared: UInt64 = 0x1
    private static let mapPrivate: UInt64 = 0x2
    private static let mapType: UInt64 = 0xf
    private static let mapGrowsDown: UInt64 = 0x100
    private static let mapHugePages: UInt64 = 0x40000
    private static let mapChecked: UInt64 = mapType | mapGrowsDown | mapHugePages
    /// CLONE_VM, FS, FILES, SIGHAND, THREAD, SYSVSEM: what makes a clone a thread.
    static let threadFlags: UInt64 = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000
    /// CLONE_SETTLS, PARENT_SETTID, CHILD_CLEARTID, DETACHED: what C libraries add to it.
    static let threadExtras: UInt64 = 0x80000 | 0x100000 | 0x200000 | 0x400000
    private static let cloneThread: UInt64 = 0x10000
    /// O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND, O_TMPFILE.
    private static let openForWriting: [UInt64] = [0x1, 0x2, 0x40, 0x200, 0x400, 0x400000]

    static let memory: [SystemCallRow] = [
        .allow(
            "mmap",
            inCases: [[.masked(3, mask: mapChecked, value: mapPrivate)]],
            because: "malloc, thread stacks and shared libraries; private mappings count against RLIMIT_DATA"
        ),
        .refuse(
            "mmap",
            inCases: [[.masked(3, mask: mapShared, value: mapShared)]],
            because: "shared anonymous memory does not count against RLIMIT_DATA"
        ),
        .refuse(
            "mmap",
            inCases: [[.masked(3, mask: mapType | mapGrowsDown, value: mapPrivate | mapGrowsDown)]],
            because: "stacks that grow count against RLIMIT_STACK one by one, not against RLIMIT_DATA"
        ),
        .refuse(
            "mmap",
            inCases: [[.masked(3, mask: mapChecked, value: mapPrivate | mapHugePages)]],
            because: "huge pages come from a pool that the whole machine shares"
        ),
        .allow("brk", "munmap", "mprotect", because: "malloc, and shared libraries loaded late"),
        .allow("mremap", because: "realloc of large lists and buffers"),
        .allow(
            "madvise",
            argument: 2,
            isOneOf: [0, 1, 2, 3, 4, 8, 14, 15, 16, 17, 22, 23],
            because: "allocators give pages back and ask for larger ones; pages are touched ahead"
        ),
    ]

    static let threads: [SystemCallRow] = [
        .allow(
            "clone",
            inCases: [[.masked(0, mask: ~threadExtras, value: threadFlags)]],
            because: "threads: numpy, concurrent.futures; every flag but those of a thread is refused"
        ),
        .refuse(
            "clone",
            inCases: [[.masked(0, mask: cloneThread, value: 0)]],
            because: "processes are not allowed: fork is this call without CLONE_THREAD"
        ),
        .fail(
            "clone3",
            with: ErrorNumber.noSuchCall,
            because: "its flags are in memory, where a filter cannot see them; the C library falls back to clone"
        ),
        .allow("futex", because: "locks, and waiting for threads"),
        .allow("set_robust_list", "rseq", "set_tid_address", because: "each thread's start in the C library"),
        .allow("sched_yield", because: "spinning locks of BLAS libraries"),
        .allow("exit", "exit_group", because: "threads and the worker end"),
        .allow("gettid", "getcpu", because: "harmless; thread identifiers"),
        .allow(
            "sched_getaffinity",
            inCases: [[.equal(0, 0)]],
            because: "how many processors there are, asked about oneself"
        ),
        .refuse("sched_getaffinity", inCases: [[.notEqual(0, 0)]], because: "names another process"),
        .allow(
            "sched_get_priority_max",
            "sched_get_priority_min",
            because: "constants; the threads of some libraries ask"
        ),
    ]

    static let files: [SystemCallRow] = [
        .allow("read", "readv", "pread64", "preadv", because: "the task socket, and files of the library"),
        .allow("write", "writev", because: "the task socket; nothing else is writable"),
        .allow("close", "close_range", "lseek", because: "files of the library"),
        .allow(
            "openat",
            inCases: [[.masked(2, mask: openForWriting.reduce(0, |), value: 0)]],
            because: "imports of modules that were not loaded ahead: for reading, making nothing"
        ),
        .refuse("openat", argument: 2, hasBit: openForWriting, because: "opens for writing, or makes a file"),
        .allow(
            "fstat",
            "newfstatat",
            "stat",
            "lstat",
            "statx",
            "access",
            "faccessat",
            "faccessat2",
            "getdents64",
            "readlink",
            "readlinkat",
            "getcwd",
            "fadvise64",
            because: "the import system looks for modules; the root is read-only and holds nothing private"
        ),
        .allow("dup", "dup2", "dup3", because: "harmless: RLIMIT_NOFILE bounds them"),
        .allow(
            "fcntl",
            argument: 1,
            isOneOf: [0, 1, 2, 3, 1030],
            because: "F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC: duplicates, close-on-exec, reading flags"
        ),
        .refuse(
            "fcntl",
            argument: 1,
            isOneOf: [4, 5, 6, 7, 8, 9, 10, 11, 15, 16, 36, 37, 38, 1024, 1025, 1026, 1029, 1031, 1032, 1033, 1034],
            because: "flags, locks, leases, owners, notifications, pipe sizes and seals reach beyond this process"
        ),
        .fail(
            "ioctl",
            with: ErrorNumber.notATerminal,
            because: "Python asks whether what it opens is a terminal; it is not"
        ),
        .allow("poll", "ppoll", "select", "pselect6", because: "sleeping and waiting with a time limit"),
    ]

    static let time: [SystemCallRow] = [
        .allow(
            "clock_gettime",
            "clock_getres",
            "gettimeofday",
            "time",
            because: "what time it is; usually answered without a call"
        ),
        .allow("nanosleep", "clock_nanosleep", because: "time.sleep"),
        .allow("times", because: "CPU time of one's own"),
        .refuse(
            "setitimer",
            "alarm",
            "timer_create",
            because: "signals to oneself on a timer: nothing a task needs, and kernel memory"
        ),
    ]

    static let signals: [SystemCallRow] = [
        .allow(
            "rt_sigaction",
            "rt_sigprocmask",
            "rt_sigreturn",
            "rt_sigpending",
            "rt_sigtimedwait",
            "rt_sigsuspend",
            "sigaltstack",
            "pause",
            "restart_syscall",
            because: "the handlers of this process; SIGKILL through the broker's pidfd does not ask"
        ),
        .allow("tgkill", inCases: [[.isSelf(0)]], because: "abort and pthread_kill, within this process"),
        .refuse("tgkill", inCases: [[.isNotSelf(0)]], because: "signals another process"),
        .allow("kill", inCases: [[.isSelf(0)]], because: "os.kill(os.getpid(), …)"),
        .refuse("kill", inCases: [[.isNotSelf(0)]], because: "signals another process"),
        .refuse(
            "tkill",
            "rt_sigqueueinfo",
            "rt_tgsigqueueinfo",
            because: "signal another process; no library uses them on itself"
        ),
    ]

    static let identity: [SystemCallRow] = [
        .allow(
            "getpid",
            "getppid",
            "getuid",
            "geteuid",
            "getgid",
            "getegid",
            "getresuid",
            "getresgid",
            "getgroups",
            "getpgrp",
            "getpgid",
            "getsid",
            because: "numbers that mean nothing outside this sandbox"
        ),
        .allow("uname", "sysinfo", because: "the platform module, and qsort of the C library"),
        .allow("getrandom", because: "random, uuid, secrets, hash seeds"),
        .refuse(
            "setuid",
            "setgid",
            "setreuid",
            "setregid",
            "setresuid",
            "setresgid",
            "setgroups",
            "setfsuid",
            "setfsgid",
            "capset",
            "setsid",
            "setpgid",
            because: "the identity is given up for good"
        ),
        .allow("prctl", argument: 0, isOneOf: [15, 16], because: "PR_SET_NAME, PR_GET_NAME: threads name themselves"),
        .refuse("prctl", inCases: [[.less(0, 15)], [.greater(0, 16)]], because: "changes what protects this process"),
    ]

    static let limits: [SystemCallRow] = [
        .allow("getrusage", because: "the worker reports what it used"),
        .allow("getrlimit", because: "reads limits of one's own"),
        .allow(
            "prlimit64",
            inCases: [[.equal(0, 0), .equal(2, 0)]],
            because: "reads limits of one's own: the C library asks for the stack's"
        ),
        .refuse(
            "prlimit64",
            inCases: [[.notEqual(0, 0)]],
            because: "a sibling of the same user could be changed even when it is not dumpable"
        ),
        .refuse(
            "prlimit64",
            inCases: [[.equal(0, 0), .notEqual(2, 0)]],
            because: "limits are not the task's to change"
        ),
        .refuse(
            "setrlimit",
            "setpriority",
            "ioprio_set",
            "sched_setaffinity",
            "sched_setscheduler",
            "sched_setparam",
            "sched_setattr",
            because: "they can name another process, and no task needs them"
        ),
        .refuse(
            "getpriority",
            "ioprio_get",
            "sched_getscheduler",
            "sched_getparam",
            "sched_getattr",
            "sched_rr_get_interval",
            "get_robust_list",
            because: "they can name another process"
        ),
    ]
}

/// The errnos that the policy answers with; the same on x86_64 and arm64.
enum ErrorNumber {
    static let notPermitted: Int32 = 1
    static let noSuchFile: Int32 = 2
    static let noSuchProcess: Int32 = 3
    static let outOfMemory: Int32 = 12
    static let invalid: Int32 = 22
    static let notATerminal: Int32 = 25
    static let noSuchCall: Int32 = 38
}
