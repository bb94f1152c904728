#pragma once

// System calls that Swift cannot make, or not safely: calls without a libc wrapper, macros that build structures, code
// that runs between clone and exec, and signal handlers.
//
// Charter:
// - Only <stdint.h> and <stddef.h> are included here. A system header in this file would clash with the one that
//   Python.h pulls in when both modules meet in one Swift file. `pid_t` is spelled `int32_t`; the .c files assert it.
// - Every function that can fail returns a negated errno, so that no later call can overwrite the errno of the failure.
// - No function allocates, prints or keeps state, except the signal handlers; their state is documented with them.

#include <stddef.h>
#include <stdint.h>

/// The C library's text for an errno; null if the errno is unknown. A GNU extension that Swift does not import.
const char *_Nullable CLinux_error_text(int32_t code);

/// An errno's symbolic name; null if the errno is unknown. A GNU extension that Swift does not import.
const char *_Nullable CLinux_error_name(int32_t code);

// ---------------------------------------------------------------------------------------------------------------------
// Spawning

/// The step of CLinux_spawn that failed. The errno alone does not tell whether the parent or the child failed.
enum CLinux_spawn_step {
    CLinux_spawn_step_none = 0,
    CLinux_spawn_step_pipe = 1,
    CLinux_spawn_step_clone = 2,
    CLinux_spawn_step_identity_maps = 3,
    CLinux_spawn_step_descriptors = 4,
    CLinux_spawn_step_capabilities = 5,
    CLinux_spawn_step_execute = 6,
    CLinux_spawn_step_directory = 7,
    CLinux_spawn_step_cgroup = 8,
};

struct CLinux_spawn_request {
    const char *_Nonnull executable;
    char *_Nullable const *_Nonnull arguments;
    char *_Nullable const *_Nonnull environment;
    /// The descriptors that the program gets as 3, 4, … in this order.
    const int32_t *_Nullable descriptors;
    size_t descriptor_count;
    /// The descriptor that the program gets as standard error (2); -1 for the caller's own.
    int32_t error_output;
    /// The new process's namespaces: CLONE_NEW… flags.
    uint64_t namespaces;
    /// The text of uid_map and gid_map, when `namespaces` asks for a user namespace.
    const char *_Nullable uid_map;
    const char *_Nullable gid_map;
    /// Whether setgroups must be denied before gid_map may be written (user_namespaces(7)).
    int32_t deny_setgroups;
    /// Whether the program keeps the capabilities of the new user namespace. Otherwise the exec drops them, unless the
    /// program's user id is mapped to 0.
    int32_t keep_capabilities;
    /// An open cgroup.procs (cgroups(7)); -1 for none. The new process joins that cgroup before the exec.
    int32_t cgroup_members;
};

struct CLinux_spawn_result {
    int32_t pid;
    int32_t pidfd;
    /// The failed step, one of CLinux_spawn_step.
    int32_t step;
};

/// Starts a program by clone3 with CLONE_PIDFD. The child reports its errno over a close-on-exec pipe. This is C,
/// because the caller has threads, so only async-signal-safe code may run in the child between clone and exec.
int32_t CLinux_spawn(const struct CLinux_spawn_request *_Nonnull request, struct CLinux_spawn_result *_Nonnull result);

// ---------------------------------------------------------------------------------------------------------------------
// Processes

/// fork(2) by glibc, which runs the libc's own fork handlers. The single-threaded fork server uses it. Swift marks fork
/// unavailable.
int32_t CLinux_fork(void);

/// pidfd_open(2), which Swift's Glibc module does not export.
int32_t CLinux_pidfd_open(int32_t pid);

/// pidfd_send_signal(2), which Swift's Glibc module does not export.
int32_t CLinux_pidfd_send_signal(int32_t pidfd, int32_t signal);

/// waitid(2) with P_PIDFD, which Swift's idtype_t lacks. `status` is in the encoding of wait(2). Returns 1 if the
/// process has ended, and 0 if it has not (only without `block`).
int32_t CLinux_pidfd_wait(int32_t pidfd, int32_t block, int32_t *_Nonnull status);

struct CLinux_usage {
    int64_t cpu_microseconds;
    int64_t peak_resident_bytes;
    int64_t minor_faults;
};

/// wait4(2) for any child. Returns the pid, 0 if no child has ended (only without `block`), or a negated errno.
int32_t CLinux_wait_any(int32_t block, int32_t *_Nonnull status, struct CLinux_usage *_Nonnull usage);

/// getrusage(2) of this process: Swift imports RUSAGE_SELF under another type than getrusage takes.
void CLinux_own_usage(struct CLinux_usage *_Nonnull usage);

/// Decodes a status of wait(2); Swift does not import the W… macros. Returns 1 for an exit, 2 for a signal, 0 otherwise.
int32_t CLinux_decode_wait_status(int32_t status, int32_t *_Nonnull value);

/// close_range(2), for which older libcs have no function.
int32_t CLinux_close_range(uint32_t first, uint32_t last);

/// Sets or clears close-on-exec. Swift cannot call fcntl, which is variadic.
int32_t CLinux_set_close_on_exec(int32_t descriptor, int32_t on);

/// Sets or clears O_NONBLOCK. Swift cannot call fcntl, which is variadic.
int32_t CLinux_set_nonblocking(int32_t descriptor, int32_t on);

/// Counts the entries of a folder, without those whose names begin with a period. This is C, because Swift imports the
/// name in a `struct dirent` as a tuple of 256 characters.
int32_t CLinux_count_entries(const char *_Nonnull path);

/// Blocks SIGCHLD and returns a signalfd for it: sigset_t macros and signalfd flags are awkward in Swift.
int32_t CLinux_child_signal_open(void);

/// Reads all pending signals from the signalfd.
int32_t CLinux_child_signal_drain(int32_t descriptor);

/// Ignores a signal. Swift does not import SIG_IGN, a macro with a cast.
int32_t CLinux_ignore_signal(int32_t signal);

/// Installs a handler for these signals and returns the read end of a pipe. The handler writes the signal's number to
/// the pipe, as one byte, because a handler may do little else (signal-safety(7)). A second call in a process fails with
/// -EBUSY.
int32_t CLinux_watch_signals(const int32_t *_Nonnull signals, size_t count);

/// Unblocks these signals in the calling thread (pthread_sigmask(3)); sigset_t macros are awkward in Swift.
int32_t CLinux_unblock_signals(const int32_t *_Nonnull signals, size_t count);

/// mallopt(M_ARENA_MAX, …). Each further malloc arena reserves 64 MB of address space, which counts against RLIMIT_AS.
int32_t CLinux_limit_arenas(int32_t count);

// ---------------------------------------------------------------------------------------------------------------------
// Sockets

/// A pair of connected, close-on-exec Unix sockets. Swift imports the SOCK_… constants with a type that socketpair(2)
/// does not take.
int32_t CLinux_socket_pair(int32_t sequenced_packets, int32_t *_Nonnull ours, int32_t *_Nonnull theirs);

/// Tests whether epoll accepts another descriptor: registers it with a new epoll set, and closes the set. Returns the
/// errno of epoll_create1(2) or of epoll_ctl(2), negated.
int32_t CLinux_probe_epoll(int32_t descriptor);

/// sendmsg(2) with at most one descriptor as SCM_RIGHTS (-1 for none); Swift does not import the CMSG_… macros. Returns
/// the number of bytes sent. Uses MSG_NOSIGNAL, and retries on EINTR.
int64_t CLinux_send_descriptor(int32_t socket, const void *_Nullable bytes, size_t count, int32_t descriptor);

/// recvmsg(2) with MSG_CMSG_CLOEXEC. Returns the number of bytes. `descriptor` is -1 if the message had no descriptor,
/// or if the kernel could not install it because this process has no descriptor or memory left. A message that was
/// truncated, or had more than one descriptor, is -EMSGSIZE, and all its descriptors are closed.
int64_t CLinux_receive_descriptor(int32_t socket, void *_Nonnull bytes, size_t count, int32_t *_Nonnull descriptor);

struct CLinux_credentials {
    int32_t pid;
    uint32_t uid;
    uint32_t gid;
};

/// SO_PEERCRED: Swift does not import `struct ucred`.
int32_t CLinux_peer_credentials(int32_t socket, struct CLinux_credentials *_Nonnull credentials);

/// A new close-on-exec Unix socket: a datagram socket if `datagram` is set, otherwise a stream socket.
int32_t CLinux_unix_socket(int32_t datagram);

/// Binds to a path (a leading NUL byte makes it abstract); sockaddr_un needs pointer casts.
int32_t CLinux_unix_bind(int32_t socket, const char *_Nonnull path, size_t count);

/// Connects to a path (a leading NUL byte makes it abstract).
int32_t CLinux_unix_connect(int32_t socket, const char *_Nonnull path, size_t count);

/// sendto(2) of one datagram to a path (a leading NUL byte makes it abstract). MSG_NOSIGNAL.
int32_t CLinux_unix_send_to(
    int32_t socket, const char *_Nonnull path, size_t path_count, const char *_Nonnull bytes, size_t count);

/// Whether a descriptor is a Unix stream socket that listens: 1, 0, or a negated errno.
int32_t CLinux_is_listening_unix_stream(int32_t descriptor);

/// The length of the longest path of a Unix socket, without its terminating NUL.
extern const int32_t CLinux_unix_path_maximum;

// ---------------------------------------------------------------------------------------------------------------------
// Confinement

extern const uint64_t CLinux_namespace_user;
extern const uint64_t CLinux_namespace_pid;
extern const uint64_t CLinux_namespace_mount;
extern const uint64_t CLinux_namespace_network;
extern const uint64_t CLinux_namespace_ipc;
extern const uint64_t CLinux_namespace_uts;
extern const uint64_t CLinux_namespace_cgroup;

/// unshare(2). Its CLONE_… flags are declared only with _GNU_SOURCE, so Swift does not import them.
int32_t CLinux_unshare(uint64_t namespaces);

/// setgroups, setresgid and setresuid in the only order that works; the result is verified by reading the ids. With
/// `keep_groups` the supplementary groups stay, for a user namespace in which setgroups is denied.
int32_t CLinux_take_identity(uint32_t uid, uint32_t gid, int32_t keep_groups);

/// Empties the bounding set (needs CAP_SETPCAP) and the ambient set, and locks the securebits.
int32_t CLinux_drop_bounding_set(void);

/// Drops all capabilities by capset(2): permitted, effective and inheritable.
int32_t CLinux_drop_capabilities(void);

/// Whether one capability (capabilities(7)) is effective: 1, 0, or a negated errno.
int32_t CLinux_has_capability(int32_t capability);

/// prctl(PR_SET_NO_NEW_PRIVS). Swift cannot call prctl, which is variadic.
int32_t CLinux_set_no_new_privileges(void);

/// prctl(PR_SET_PDEATHSIG) with SIGKILL. Swift cannot call prctl, which is variadic.
int32_t CLinux_end_with_parent(void);

/// prctl(PR_SET_DUMPABLE). Swift cannot call prctl, which is variadic.
int32_t CLinux_set_dumpable(int32_t on);

/// Makes every mount of this namespace private, so that later mounts do not propagate out of it or into it.
int32_t CLinux_mounts_private(void);

/// Mounts a tmpfs for a root file system: nosuid, nodev, noexec, at most `bytes` large.
int32_t CLinux_mount_tmpfs(const char *_Nonnull path, uint64_t bytes);

/// Binds `source` and everything mounted below it on `target`.
int32_t CLinux_bind_tree(const char *_Nonnull source, const char *_Nonnull target);

/// mount_setattr(2) with AT_RECURSIVE: makes a whole tree read-only, nosuid and nodev. A remount would change only its
/// top mount.
int32_t CLinux_make_tree_read_only(const char *_Nonnull path, int32_t no_exec);

/// pivot_root(2) by the "." "." idiom of its manual page, then detaches the old root.
int32_t CLinux_pivot_root(const char *_Nonnull new_root);

/// sethostname(2) for the UTS namespace.
int32_t CLinux_set_host_name(const char *_Nonnull name);

/// The kernel's landlock ABI, or a negated errno (-EOPNOTSUPP: built in but not enabled at boot).
int32_t CLinux_landlock_abi(void);

/// landlock_create_ruleset(2) that handles all rights of `abi`: every file access, TCP, and both scopes. Without
/// `scoped`, signals and abstract sockets are not restricted.
int32_t CLinux_landlock_create(int32_t abi, int32_t scoped);

/// Adds a rule that permits reading below a folder, or reading a file; with `directory` also listing folders.
int32_t CLinux_landlock_allow_read(int32_t ruleset, int32_t path_descriptor, int32_t directory);

/// Adds a rule that permits reading and writing below a folder, and making and removing files and folders there.
int32_t CLinux_landlock_allow_write(int32_t ruleset, int32_t path_descriptor, int32_t abi);

/// open(2) with O_PATH, which Swift does not import.
int32_t CLinux_open_path(const char *_Nonnull path);

/// landlock_restrict_self(2).
int32_t CLinux_landlock_restrict(int32_t ruleset);

/// prlimit(2) on this process for one resource. A value above the current hard limit is lowered to it.
int32_t CLinux_set_limits(int32_t resource, uint64_t soft, uint64_t hard);

/// The soft limit of one resource of this process.
int32_t CLinux_get_limit(int32_t resource, uint64_t *_Nonnull value);

extern const int32_t CLinux_limit_address_space;
extern const int32_t CLinux_limit_core;
extern const int32_t CLinux_limit_cpu;
extern const int32_t CLinux_limit_data;
extern const int32_t CLinux_limit_file_size;
extern const int32_t CLinux_limit_locked_memory;
extern const int32_t CLinux_limit_message_queue;
extern const int32_t CLinux_limit_nice;
extern const int32_t CLinux_limit_open_files;
extern const int32_t CLinux_limit_pending_signals;
extern const int32_t CLinux_limit_processes;
extern const int32_t CLinux_limit_realtime;
extern const int32_t CLinux_limit_stack;

/// Sets the time slice of this thread under SCHED_OTHER by sched_setattr(2). The C library has no function for it before
/// version 2.41.
int32_t CLinux_set_slice(uint64_t nanoseconds);

/// seccomp(2), SECCOMP_SET_MODE_FILTER with a program of `count` eight-byte instructions.
int32_t CLinux_seccomp_install(const void *_Nonnull program, uint16_t count);

/// How the temporary folders of workers are made.
struct CLinux_folders_plan {
    /// The mount point, which exists.
    const char *_Nonnull path;
    /// The mount options of the tmpfs.
    const char *_Nonnull options;
    /// The user and group of workers.
    uint32_t uid;
    uint32_t gid;
    /// Whether the process must change to `uid` and `gid`, because the caller has another identity.
    int32_t changes_identity;
    /// The seccomp filter of the process that makes the folders, as eight-byte instructions.
    const uint64_t *_Nonnull filter;
    uint16_t filter_count;
};

/// The process that makes the temporary folders of workers, and what a worker needs of it.
struct CLinux_folders {
    /// Each message on it carries the descriptor of a mount namespace with a new folder.
    int32_t socket;
    /// The user namespace that owns the mount namespaces.
    int32_t user_namespace;
    int32_t pid;
};

/// The steps of CLinux_folders_start.
enum CLinux_folders_step {
    CLinux_folders_step_process = 1,
    CLinux_folders_step_identity = 2,
    CLinux_folders_step_user_namespace = 3,
    CLinux_folders_step_identity_maps = 4,
    CLinux_folders_step_mount_namespace = 5,
    CLinux_folders_step_confinement = 6,
    CLinux_folders_step_mount = 7,
};

/// Starts the process that makes the temporary folders, and waits until the first one is made. `proc` is a descriptor of
/// /proc. On failure `step` is one of CLinux_folders_step, and the process is gone. The caller must have one thread and no
/// other child.
int32_t CLinux_folders_start(
    const struct CLinux_folders_plan *_Nonnull plan,
    int32_t proc,
    struct CLinux_folders *_Nonnull folders,
    int32_t *_Nonnull step);

/// Moves this process into the next mount namespace of `socket`, and drops the capabilities that it gets on the way. The
/// process must have one thread, and the user that the folders were made for.
int32_t CLinux_folders_enter(int32_t socket, int32_t user_namespace);

/// Mounts a tmpfs: nosuid, nodev, noexec, with these options.
int32_t CLinux_mount_folder(const char *_Nonnull path, const char *_Nonnull options);

struct CLinux_limit {
    int32_t resource;
    uint64_t soft;
    uint64_t hard;
};

/// The confinement of a forked worker, prepared by the fork server. Applying it allocates no memory and touches few
/// pages, because after a fork each touched page costs a fault, for every task.
struct CLinux_worker_plan {
    int32_t server_pid;
    /// The socket and the user namespace of CLinux_folders; -1 for a worker without a temporary folder.
    int32_t folders_socket;
    int32_t folders_user_namespace;
    /// A landlock ruleset's descriptor; -1 for none.
    int32_t landlock_ruleset;
    const struct CLinux_limit *_Nonnull limits;
    size_t limit_count;
    /// The seccomp filter, as eight-byte instructions.
    const uint64_t *_Nonnull filter;
    uint16_t filter_count;
    /// The positions of filter instructions whose constant becomes the worker's process id.
    const uint16_t *_Nullable self_positions;
    size_t self_count;
};

/// The steps of CLinux_confine_worker. They are executed in this order, except for the folder, which comes first.
enum CLinux_worker_step {
    CLinux_worker_step_parent_death = 1,
    CLinux_worker_step_descriptors = 2,
    CLinux_worker_step_landlock = 3,
    CLinux_worker_step_limits = 4,
    CLinux_worker_step_seccomp = 5,
    CLinux_worker_step_folder = 6,
};

/// Confines this process. `task_socket` becomes descriptor 3, all descriptors above are closed, and 2 becomes a copy of
/// 0. On failure `step` is one of CLinux_worker_step, and `limit` the index of the failed limit.
int32_t CLinux_confine_worker(
    const struct CLinux_worker_plan *_Nonnull plan,
    int32_t task_socket,
    int32_t *_Nonnull step,
    int32_t *_Nonnull limit);

/// The most instructions of a worker's seccomp filter.
extern const int32_t CLinux_worker_filter_maximum;

/// The hard limit of one resource of this process.
int32_t CLinux_get_hard_limit(int32_t resource, uint64_t *_Nonnull value);

/// Writes a short text to a file by one write(2), as files of /proc require.
int32_t CLinux_write_text(const char *_Nonnull path, const char *_Nonnull text);

// ---------------------------------------------------------------------------------------------------------------------
// Signal handlers
//
// Handlers must be C, because Swift code is not async-signal-safe. Their state is in static memory.

/// A refused system call, as recorded by the SIGSYS handler.
struct CLinux_refused_call {
    /// The number of refused calls so far. If it is 0, the other fields are undefined.
    uint32_t count;
    int32_t number;
    uint32_t architecture;
    /// The call's first argument, such as a socket's family.
    uint64_t first_argument;
};

/// Installs the SIGSYS handler, which records the call and makes it return -EPERM. The handler does not allocate.
int32_t CLinux_refusals_install(void);

/// Makes the SIGSYS handler end the process at one system call. If a soft stop is installed, the handler first writes
/// the soft stop's header, the line `blocked: NAME` and the dump. The process dies of SIGSYS, as it would by the
/// filter's kill action.
int32_t CLinux_refusals_end_process(int32_t number, const char *_Nonnull name);

/// The last refused call.
void CLinux_refusals_read(struct CLinux_refused_call *_Nonnull call);

/// Clears the record of refused calls.
void CLinux_refusals_reset(void);

/// Writes text about this process to a descriptor; must be async-signal-safe.
typedef void (*CLinux_dump)(int32_t descriptor, void *_Nullable context);

/// Installs the soft stop. On `signal` the process writes `header` to `socket`, calls `dump`, and exits with
/// CLinux_soft_stop_exit_status. The handler runs on an alternate stack, so that it works when the stack is used up.
/// `header` may have at most 64 bytes.
int32_t CLinux_soft_stop_install(
    int32_t signal,
    int32_t socket,
    const uint8_t *_Nonnull header,
    size_t header_count,
    CLinux_dump _Nullable dump,
    void *_Nullable context);

/// Makes a process that dies of `signal` write the soft stop's header and dump first; the signal still ends it. If the
/// handler cannot map `spare_memory` bytes, it writes the line `out of memory` before the dump; 0 skips that test.
int32_t CLinux_soft_stop_report_death(int32_t signal, size_t spare_memory);

/// Executes a soft stop or a death by SIGXCPU that was delayed because the lock on frames was taken, unless the lock is
/// taken again.
void CLinux_soft_stop_if_due(void);

extern const int32_t CLinux_soft_stop_exit_status;

// ---------------------------------------------------------------------------------------------------------------------
// The signal-safe buffer
//
// A buffer of bytes to be written to a socket, and the lock on writing to the socket. Handlers write the buffered bytes
// before any others. The lock must be held for all functions of this section except CLinux_frame_lock,
// CLinux_frame_try_lock and CLinux_buffer_start.

/// Takes the lock. A soft stop or SIGXCPU that arrives meanwhile waits for CLinux_frame_unlock, so that frames are never
/// torn. May be called on any thread; does not nest.
void CLinux_frame_lock(void);
void CLinux_frame_unlock(void);

/// Creates the timer and installs the handler that flushes to `descriptor`; its signals go to the calling thread.
/// `interval` is in nanoseconds.
int32_t CLinux_buffer_start(int32_t descriptor, int64_t interval);

/// Takes the lock if it is free, and returns 1 if so. For handlers.
int32_t CLinux_frame_try_lock(void);

/// The capacity of the buffer, in bytes.
extern const size_t CLinux_buffer_capacity;

/// The number of bytes in the buffer.
size_t CLinux_buffer_count(void);

/// Adds bytes; -ENOBUFS when there is no room for all of them.
int32_t CLinux_buffer_append(const uint8_t *_Nonnull bytes, size_t count);

/// Overwrites bytes in the buffer; -EINVAL if the range is not in the buffer.
int32_t CLinux_buffer_replace(size_t offset, const uint8_t *_Nonnull bytes, size_t count);

/// Writes the bytes in the buffer, and empties the buffer even if that fails. Async-signal-safe.
int32_t CLinux_buffer_flush(int32_t descriptor);

/// Whether the timer runs, so that bytes may stay in the buffer until it fires. If it does not run, it is started, and
/// the caller must flush.
int32_t CLinux_buffer_keeps(void);

// ---------------------------------------------------------------------------------------------------------------------
// Probes

/// The forbidden operations that CLinux_probe attempts.
enum CLinux_probe_kind {
    CLinux_probe_open_password_file = 1,
    CLinux_probe_open_environment = 2,
    CLinux_probe_create_file = 3,
    CLinux_probe_list_root = 4,
    CLinux_probe_connect_network = 5,
    CLinux_probe_connect_unix = 6,
    CLinux_probe_fork = 7,
    CLinux_probe_execute = 8,
    CLinux_probe_signal_first_process = 9,
    CLinux_probe_become_root = 10,
    CLinux_probe_raise_limit = 11,
    CLinux_probe_map_shared = 12,
    CLinux_probe_map_terabyte = 13,
    CLinux_probe_use_inherited = 14,
    CLinux_probe_lock_memory = 15,
    CLinux_probe_wake_shared_futex = 16,
    CLinux_probe_read_clock_of_first_process = 17,
    CLinux_probe_find_group_of_first_process = 18,
    CLinux_probe_drop_cached_pages = 19,
};

/// Attempts an operation that a worker's confinement must refuse. Returns 0 if it succeeded, a negated errno if it was
/// refused. For `terrarium doctor`; a success does no harm. Uses bare system calls, to see the kernel's own result.
int32_t CLinux_probe(int32_t kind);
