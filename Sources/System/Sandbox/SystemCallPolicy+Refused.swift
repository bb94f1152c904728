extension SystemCallPolicy {
    static let communication: [SystemCallRow] = [
        .refuse(
            "socket",
            "socketpair",
            "connect",
            "bind",
            "listen",
            "accept",
            "accept4",
            "sendto",
            "recvfrom",
            "sendmsg",
            "recvmsg",
            "sendmmsg",
            "recvmmsg",
            "getsockopt",
            "setsockopt",
            "getsockname",
            "getpeername",
            "shutdown",
            because: "no network, and no sockets of this machine; the task socket needs read and write alone"
        ),
        .refuse("pipe", "pipe2", because: "kernel memory; a task has no process to communicate with"),
        .refuse(
            "shmget",
            "shmat",
            "shmctl",
            "shmdt",
            "semget",
            "semop",
            "semtimedop",
            "semctl",
            "msgget",
            "msgsnd",
            "msgrcv",
            "msgctl",
            "mq_open",
            "mq_unlink",
            because: "memory and messages that outlive a process and are shared by name"
        ),
        .refuse("memfd_create", "memfd_secret", because: "memory that RLIMIT_DATA does not count"),
        .refuse(
            "eventfd",
            "eventfd2",
            "signalfd",
            "signalfd4",
            "timerfd_create",
            "epoll_create",
            "epoll_create1",
            "inotify_init",
            "inotify_init1",
            "fanotify_init",
            "splice",
            "tee",
            "vmsplice",
            "sendfile",
            "copy_file_range",
            because: "kernel memory; a task has nothing to watch or to copy to"
        ),
        .refuse("flock", because: "locks on library files would be shared with every sibling"),
    ]

    static let processes: [SystemCallRow] = [
        .refuse("fork", "vfork", because: "a task may not start processes"),
        .refuse("execve", "execveat", because: "the root has no programs, and a worker may execute none"),
        .refuse("wait4", "waitid", because: "a worker has no children"),
    ]

    /// Calls that add, remove or rename entries of a folder. Workers with a temporary folder may make them.
    static let folderChanges = [
        "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat", "renameat2",
    ]

    private static let otherFileChanges = [
        "link", "linkat", "symlink", "symlinkat", "mknod", "mknodat", "chmod", "fchmod", "fchmodat", "chown", "fchown",
        "lchown", "fchownat", "truncate", "ftruncate", "fallocate", "utime", "utimes", "utimensat", "futimesat",
        "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr", "chdir", "fchdir", "sync",
        "syncfs", "fsync", "fdatasync",
    ]

    static let fileChanges: [SystemCallRow] = [
        .refuse(
            calls: ["open", "creat", "openat2"] + SystemCallPolicy.folderChanges + otherFileChanges,
            because: "nothing is writable; a file system that was bound by mistake would still not be"
        )
    ]

    static let otherProcesses: [SystemCallRow] = [
        .kill(
            "ptrace",
            "process_vm_readv",
            "process_vm_writev",
            "process_madvise",
            "process_mrelease",
            "kcmp",
            "pidfd_open",
            "pidfd_getfd",
            "pidfd_send_signal",
            "move_pages",
            "migrate_pages",
            because: "reaches into another process"
        )
    ]

    static let dangerous: [SystemCallRow] = [
        .kill(
            "mount",
            "umount2",
            "pivot_root",
            "chroot",
            "open_tree",
            "move_mount",
            "fsopen",
            "fsconfig",
            "fsmount",
            "fspick",
            "mount_setattr",
            "unshare",
            "setns",
            because: "changes or leaves the namespaces"
        ),
        .kill("name_to_handle_at", "open_by_handle_at", because: "opens files around the root"),
        .kill(
            "bpf",
            "perf_event_open",
            "userfaultfd",
            "io_uring_setup",
            "io_uring_enter",
            "io_uring_register",
            "io_setup",
            "lookup_dcookie",
            "landlock_create_ruleset",
            "landlock_add_rule",
            "landlock_restrict_self",
            "keyctl",
            "add_key",
            "request_key",
            "seccomp",
            "modify_ldt",
            "personality",
            because: "large attack surface of the kernel, keyrings shared between sandboxes, and foreign ABIs"
        ),
        .kill(
            "init_module",
            "finit_module",
            "delete_module",
            "kexec_load",
            "kexec_file_load",
            "reboot",
            "swapon",
            "swapoff",
            "acct",
            "quotactl",
            "quotactl_fd",
            "sethostname",
            "setdomainname",
            "settimeofday",
            "clock_settime",
            "clock_adjtime",
            "adjtimex",
            "iopl",
            "ioperm",
            "syslog",
            "vhangup",
            "nfsservctl",
            because: "administers the machine"
        ),
    ]
}
