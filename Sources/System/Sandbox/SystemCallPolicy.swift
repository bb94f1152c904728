/// The system calls of a worker. A call without a rule returns ENOSYS.
///
/// For any arguments of a call at most one action applies, so the order of rules does not matter. A test checks this.
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

    // These values are from the kernel's headers. They are the same on x86_64 and arm64.
    private static let mapShared: UInt64 = 0x1
    private static let mapPrivate: UInt64 = 0x2
    private static let mapType: UInt64 = 0xf
    private static let mapGrowsDown: UInt64 = 0x100
    private static let mapHugePages: UInt64 = 0x40000
    private static let mapChecked: UInt64 = mapType | mapGrowsDown | mapHugePages
    /// CLONE_VM, FS, FILES, SIGHAND, THREAD, SYSVSEM: the flags of a clone that creates a thread.
    static let threadFlags: UInt64 = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000
    /// CLONE_SETTLS, PARENT_SETTID, CHILD_CLEARTID, DETACHED: flags that C libraries add for a thread.
    static let threadExtras: UInt64 = 0x80000 | 0x100000 | 0x200000 | 0x400000
    private static let cloneThread: UInt64 = 0x10000
    /// POSIX_FADV_DONTNEED. Lower values only change the read-ahead of one descriptor.
    private static let adviceDropPages: UInt64 = 4
    /// The first number after CLOCK_TAI. Clocks of processes and threads have negative identifiers
    /// (clock_getcpuclockid(3)).
    private static let firstUnnamedClock: UInt64 = 12

    // Operations of futex(2): the command, FUTEX_PRIVATE_FLAG (128) and FUTEX_CLOCK_REALTIME (256).
    /// WAIT, WAKE, REQUEUE, CMP_REQUEUE, WAKE_OP, WAIT_BITSET and WAKE_BITSET in their private forms.
    private static let privateFutexOperations: [UInt64] = [
        0 | 128, 1 | 128, 9 | 128, 10 | 128, 9 | 128 | 256, 0 | 128 | 256, 3 | 128, 4 | 128, 5 | 128,
    ]
    /// WAIT and WAIT_BITSET.
    private static let sharedFutexWaits: [UInt64] = [0, 9, 9 | 256]
    /// WAKE, REQUEUE, CMP_REQUEUE, WAKE_OP and WAKE_BITSET.
    private static let sharedFutexWakes: [UInt64] = [1, 3, 4, 5, 10]
    /// LOCK_PI, UNLOCK_PI, TRYLOCK_PI, WAIT_REQUEUE_PI, CMP_REQUEUE_PI and LOCK_PI2, shared and private.
    private static let priorityInheritanceFutexOperations: [UInt64] = [6, 7, 8, 11, 12, 13].flatMap {
        [$0, $0 | 128, $0 | 256, $0 | 128 | 256]
    }

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
            because: "without CLONE_THREAD it makes a process, as fork does; a task is one process"
        ),
        .fail(
            "clone3",
            with: ErrorNumber.noSuchCall,
            because: "its flags are in memory, where a filter cannot see them; the C library falls back to clone"
        ),
        .allow(
            "futex",
            argument: 1,
            isOneOf: privateFutexOperations,
            because: "locks and condition variables; the private forms reach this process's memory only"
        ),
        .allow(
            "futex",
            argument: 1,
            isOneOf: sharedFutexWaits,
            because: "pthread_join waits with the shared form for the kernel to clear the thread's identifier"
        ),
        .refuse(
            "futex",
            argument: 1,
            isOneOf: sharedFutexWakes,
            because: "the key of a shared futex on a library page is the file, so it reaches other processes"
        ),
        .refuse(
            "futex",
            argument: 1,
            isOneOf: priorityInheritanceFutexOperations,
            because: "the lock names its owner by thread identifier, which tells whether another process exists"
        ),
        .allow("set_robust_list", "rseq", because: "each thread's start in the C library"),
        .refuse(
            "set_tid_address",
            because: "the C library calls it before the sandbox only; a thread's end wakes waiters at this address"
        ),
        .allow("sched_yield", because: "spinning locks of BLAS libraries"),
        .allow("exit", "exit_group", because: "threads and the worker end"),
        .allow("gettid", "getcpu", because: "the own thread's identifier and processor"),
        .allow(
            "sched_getaffinity",
            inCases: [[.equal(0, 0)]],
            because: "the number of processors; of this process only"
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
            because: "the import system looks for modules; the root is read-only and holds nothing private"
        ),
        .allow(
            "fadvise64",
            inCases: [[.less(3, adviceDropPages)]],
            because: "read-ahead of files of the library (POSIX_FADV_NORMAL to POSIX_FADV_WILLNEED)"
        ),
        .refuse(
            "fadvise64",
            inCases: [[.greater(3, adviceDropPages - 1)]],
            because: "POSIX_FADV_DONTNEED drops pages of library files from the page cache of the whole machine"
        ),
        .allow("dup", "dup2", "dup3", because: "descriptors of this process; RLIMIT_NOFILE bounds their number"),
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
            because: "Python asks whether a file is a terminal; the answer is no"
        ),
        .allow("poll", "ppoll", "select", "pselect6", because: "sleeping and waiting with a time limit"),
    ]

    static let time: [SystemCallRow] = [
        .allow("gettimeofday", "time", because: "what time it is; usually answered without a call"),
        .allow(
            "clock_gettime",
            "clock_getres",
            inCases: [[.less(0, firstUnnamedClock)]],
            because: "what time it is: the clocks that have a number, CLOCK_REALTIME to CLOCK_TAI"
        ),
        .refuse(
            "clock_gettime",
            "clock_getres",
            inCases: [[.greater(0, firstUnnamedClock - 1)]],
            because: "a negative clock identifier names the processor time of another process or thread"
        ),
        .allow("nanosleep", because: "time.sleep"),
        .allow("clock_nanosleep", inCases: [[.less(0, firstUnnamedClock)]], because: "time.sleep"),
        .refuse(
            "clock_nanosleep",
            inCases: [[.greater(0, firstUnnamedClock - 1)]],
            because: "waits for the processor time of another process"
        ),
        .allow("times", because: "processor time of this process"),
        .refuse(
            "setitimer",
            "alarm",
            "timer_create",
            because: "signals to oneself on a timer: nothing a task needs, and kernel memory"
        ),
        .allow("timer_settime", because: "the worker's one timer, which sends prints; a task cannot make another"),
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
            because: "the handlers of this process; they cannot block the SIGKILL that the broker sends"
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
            because: "numbers that mean nothing outside this sandbox"
        ),
        .allow(
            "getpgid",
            "getsid",
            inCases: [[.equal(0, 0)]],
            because: "the group and session of this process"
        ),
        .refuse(
            "getpgid",
            "getsid",
            inCases: [[.notEqual(0, 0)]],
            because: "the answer tells whether another process exists"
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
            because: "a task never changes its identity"
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
        .allow(
            "prlimit64",
            inCases: [
                [.equal(0, 0), .equal(1, 2), .notEqual(2, 0)], [.equal(0, 0), .equal(1, 9), .notEqual(2, 0)],
            ],
            because:
                "RLIMIT_DATA and RLIMIT_AS: a worker lowers them to its task's limit; no worker can raise them again"
        ),
        .refuse(
            "prlimit64",
            // libseccomp takes only one condition per argument. So "neither RLIMIT_DATA nor RLIMIT_AS" is written as one
            // case for each other limit.
            inCases: ([.greater(1, 9)] + [0, 1, 3, 4, 5, 6, 7, 8].map { ArgumentCondition.equal(1, $0) }).map {
                [.equal(0, 0), $0, .notEqual(2, 0)]
            },
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
            because: "they can act on another process, and no task needs them"
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

/// The errnos of the policy's results; the same on x86_64 and arm64.
enum ErrorNumber {
    static let notPermitted: Int32 = 1
    static let noSuchFile: Int32 = 2
    static let outOfMemory: Int32 = 12
    static let invalid: Int32 = 22
    static let notATerminal: Int32 = 25
    static let noSuchCall: Int32 = 38
}
