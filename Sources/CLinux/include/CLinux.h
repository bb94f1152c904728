#pragma once

// The system calls that Swift cannot make, or cannot make safely: calls without a libc wrapper, macros that build
// structures, code that runs between clone and exec, and signal handlers.
//
// Charter:
// - Only <stdint.h> and <stddef.h> are included here. A system header in this file would clash with the one that
//   Python.h pulls in when both modules meet in one Swift file. `pid_t` is spelled `int32_t`; the .c files assert it.
// - Every function that can fail returns a negated errno, so that no other call can come between a failure and its cause.
// - Nothing here allocates, prints or keeps state, except the signal handlers, which say what they keep.

#include <stddef.h>
#include <stdint.h>

/// The C library's text for an errno, null for an unknown one: a GNU extension that Swift does not see.
const char *_Nullable CLinux_error_text(int32_t code);

/// An errno's symbolic name, null for an unknown one: a GNU extension that Swift does not see.
const char *_Nullable CLinux_error_name(int32_t code);

// ---------------------------------------------------------------------------------------------------------------------
// Spawning

/// What failed in CLinux_spawn; the errno alone would not say on which side of the clone it was.
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
    /// They arrive in the new program as 3, 4, … in this order.
    const int32_t *_Nullable descriptors;
    size_t descriptor_count;
    /// Arrives as 2; -1 lets the caller's standard error through.
    int32_t error_output;
    /// CLONE_NEW… flags.
    uint64_t namespaces;
    /// The text of uid_map and gid_map, when `namespaces` asks for a user namespace.
    const char *_Nullable uid_map;
    const char *_Nullable gid_map;
    /// Whether setgroups must be denied before gid_map may be written (user_namespaces(7)).
    int32_t deny_setgroups;
    /// Whether the capabilities of the new user namespace must survive the exec: without this they would not, unless
    /// the program's user id is mapped to 0.
    int32_t keep_capabilities;
    /// An open cgroup.procs (cgroups(7)): the new process is in that group before it is the program. -1 for none.
    int32_t cgroup_members;
};

struct CLinux_spawn_result {
    int32_t pid;
    int32_t pidfd;
    /// One of CLinux_spawn_step.
    int32_t step;
};

/// Starts a program: clone3 with CLONE_PIDFD, nothing but this C between clone and exec, and the errno of the child's
/// side back over a close-on-exec pipe. In C because the caller has threads, after which only async-signal-safe code
/// may run in the child.
int32_t CLinux_spawn(const struct CLinux_spawn_request *_Nonnull request, struct CLinux_spawn_result *_Nonnull result);

// ---------------------------------------------------------------------------------------------------------------------
// Processes

/// fork(2) by glibc, for the single-threaded fork server; the libc's own fork handlers run. Swift marks fork unavailable.
int32_t CLinux_fork(void);

/// pidfd_open(2): no wrapper in the libc's module map.
int32_t CLinux_pidfd_open(int32_t pid);

/// pidfd_send_signal(2): no wrapper in the libc's module map.
int32_t CLinux_pidfd_send_signal(int32_t pidfd, int32_t signal);

/// waitid(2) with P_PIDFD, which Swift's idtype_t lacks. `status` is in the encoding of wait(2).
/// Returns 1 when the process had ended, 0 when it had not (only without `block`).
int32_t CLinux_pidfd_wait(int32_t pidfd, int32_t block, int32_t *_Nonnull status);

struct CLinux_usage {
    int64_t cpu_microseconds;
    int64_t peak_resident_bytes;
    int64_t minor_faults;
};

/// wait4(2) for any child. Returns the pid, 0 when none had ended (only without `block`), or a negated errno.
int32_t CLinux_wait_any(int32_t block, int32_t *_Nonnull status, struct CLinux_usage *_Nonnull usage);

/// getrusage(2) of this process: RUSAGE_SELF is an enumeration that Swift imports under another type than getrusage wants.
void CLinux_own_usage(struct CLinux_usage *_Nonnull usage);

/// Splits a status of wait(2); the W… macros are invisible to Swift. Returns 1 for an exit, 2 for a signal, 0 otherwise.
int32_t CLinux_decode_wait_status(int32_t status, int32_t *_Nonnull value);

/// close_range(2): no wrapper in older libcs.
int32_t CLinux_close_range(uint32_t first, uint32_t last);

/// Sets or clears close-on-exec: fcntl is variadic.
int32_t CLinux_set_close_on_exec(int32_t descriptor, int32_t on);

/// Sets or clears O_NONBLOCK: fcntl is variadic.
int32_t CLinux_set_nonblocking(int32_t descriptor, int32_t on);

/// The number of threads of this process, counted in /proc/self/task; -ENOENT where there is no /proc.
int32_t CLinux_thread_count(void);

/// Blocks SIGCHLD and returns a signalfd for it: sigset_t macros and signalfd flags are awkward in Swift.
int32_t CLinux_child_signal_open(void);

/// Reads all that is pending from such a signalfd.
int32_t CLinux_child_signal_drain(int32_t descriptor);

/// Ignores a signal: SIG_IGN is a macro with a cast.
int32_t CLinux_ignore_signal(int32_t signal);

/// Gives a signal its default action back: SIG_DFL is a macro with a cast.
int32_t CLinux_default_signal(int32_t signal);

/// mallopt(M_ARENA_MAX, …): each further arena reserves 64 MB of address space, which RLIMIT_AS counts.
int32_t CLinux_limit_arenas(int32_t count);

// ---------------------------------------------------------------------------------------------------------------------
// Sockets

/// A pair of connected, close-on-exec Unix sockets; SOCK_… are enumerations of another type in Swift.
int32_t CLinux_socket_pair(int32_t sequenced_packets, int32_t *_Nonnull ours, int32_t *_Nonnull theirs);

/// sendmsg(2) with at most one descriptor as SCM_RIGHTS (-1 for none): the CMSG_… macros are invisible to Swift.
/// Returns the number of bytes sent. MSG_NOSIGNAL; retries on EINTR.
int64_t CLinux_send_descriptor(int32_t socket, const void *_Nullable bytes, size_t count, int32_t descriptor);

/// recvmsg(2) with MSG_CMSG_CLOEXEC. Returns the number of bytes; `descriptor` is -1 when none came along.
/// A message or a control message that was cut off is -EMSGSIZE; whatever descriptors came are closed.
int64_t CLinux_receive_descriptor(int32_t socket, void *_Nonnull bytes, size_t count, int32_t *_Nonnull descriptor);

struct CLinux_credentials {
    int32_t pid;
    uint32_t uid;
    uint32_t gid;
};

/// SO_PEERCRED: Swift does not see `struct ucred`.
int32_t CLinux_peer_credentials(int32_t socket, struct CLinux_credentials *_Nonnull credentials);

/// A new close-on-exec Unix stream socket.
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

/// The longest path a Unix socket can have, without its terminating NUL.
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

/// unshare(2): the CLONE_… flags are hidden behind _GNU_SOURCE.
int32_t CLinux_unshare(uint64_t namespaces);

/// setgroups, setresgid and setresuid in the one order that works, verified by reading back. With `keep_groups` the
/// supplementary groups stay, for a user namespace in which setgroups is denied.
int32_t CLinux_take_identity(uint32_t uid, uint32_t gid, int32_t keep_groups);

/// Empties the bounding set (needs CAP_SETPCAP) and the ambient set, and locks the securebits.
int32_t CLinux_drop_bounding_set(void);

/// capset(2) with nothing: permitted, effective and inheritable.
int32_t CLinux_drop_capabilities(void);

/// Whether one capability (capabilities(7)) is effective: 1, 0, or a negated errno.
int32_t CLinux_has_capability(int32_t capability);

/// prctl(PR_SET_NO_NEW_PRIVS): variadic.
int32_t CLinux_set_no_new_privileges(void);

/// prctl(PR_SET_DUMPABLE): variadic.
int32_t CLinux_set_dumpable(int32_t on);

/// Makes every mount of this namespace private, so that nothing done here is seen outside and nothing outside here.
int32_t CLinux_mounts_private(void);

/// Mounts a tmpfs for a root file system: nosuid, nodev, noexec, at most `bytes` large.
int32_t CLinux_mount_tmpfs(const char *_Nonnull path, uint64_t bytes);

/// Binds `source` and everything mounted below it on `target`.
int32_t CLinux_bind_tree(const char *_Nonnull source, const char *_Nonnull target);

/// mount_setattr(2) with AT_RECURSIVE: read-only, nosuid and nodev for a whole tree. A remount would reach its top only.
int32_t CLinux_make_tree_read_only(const char *_Nonnull path, int32_t no_exec);

/// pivot_root(2) by the "." "." idiom of its manual page, then detaches the old root.
int32_t CLinux_pivot_root(const char *_Nonnull new_root);

/// sethostname(2) for the UTS namespace.
int32_t CLinux_set_host_name(const char *_Nonnull name);

/// The kernel's landlock ABI, or a negated errno (-EOPNOTSUPP: built in but not enabled at boot).
int32_t CLinux_landlock_abi(void);

/// landlock_create_ruleset(2) that handles all that `abi` knows: every file access, TCP, and both scopes.
/// With `scoped` off, signals and abstract sockets are not scoped.
int32_t CLinux_landlock_create(int32_t abi, int32_t scoped);

/// Lets a ruleset read below (or, for a file, at) a path; with `directory` also list folders.
int32_t CLinux_landlock_allow_read(int32_t ruleset, int32_t path_descriptor, int32_t directory);

/// open(2) with O_PATH, which Swift does not see.
int32_t CLinux_open_path(const char *_Nonnull path);

/// landlock_restrict_self(2).
int32_t CLinux_landlock_restrict(int32_t ruleset);

/// prlimit(2) on this process for one resource; whatever is above the present hard limit is lowered to it.
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

/// sched_setattr(2) of this thread under SCHED_OTHER: how long it may run before others are considered. No function of the C
/// library can, before version 2.41.
int32_t CLinux_set_slice(uint64_t nanoseconds);

/// seccomp(2), SECCOMP_SET_MODE_FILTER with a program of `count` eight-byte instructions.
int32_t CLinux_seccomp_install(const void *_Nonnull program, uint16_t count);

struct CLinux_limit {
    int32_t resource;
    uint64_t soft;
    uint64_t hard;
};

/// All that a forked worker does to itself, prepared by its parent. Nothing is allocated, and few pages are touched: after
/// a fork every page costs a fault, and these are taken once for each task.
struct CLinux_worker_plan {
    int32_t server_pid;
    /// -1 for none.
    int32_t landlock_ruleset;
    const struct CLinux_limit *_Nonnull limits;
    size_t limit_count;
    /// Eight-byte instructions.
    const uint64_t *_Nonnull filter;
    uint16_t filter_count;
    /// The instructions whose constant is to be this process's number.
    const uint16_t *_Nullable self_positions;
    size_t self_count;
};

/// The steps of CLinux_confine_worker, in their order.
enum CLinux_worker_step {
    CLinux_worker_step_parent_death = 1,
    CLinux_worker_step_descriptors = 2,
    CLinux_worker_step_landlock = 3,
    CLinux_worker_step_limits = 4,
    CLinux_worker_step_seccomp = 5,
};

/// Confines this process; `task_socket` becomes 3, everything above is closed, and 2 becomes what 0 is.
/// On failure `step` is one of CLinux_worker_step, and `limit` the index of the limit it was about.
int32_t CLinux_confine_worker(
    const struct CLinux_worker_plan *_Nonnull plan,
    int32_t task_socket,
    int32_t *_Nonnull step,
    int32_t *_Nonnull limit);

/// The most instructions a worker's own filter may have.
extern const int32_t CLinux_worker_filter_maximum;

/// The hard limit of one resource of this process.
int32_t CLinux_get_hard_limit(int32_t resource, uint64_t *_Nonnull value);

/// Writes a small text to a file by one write, as /proc wants it.
int32_t CLinux_write_text(const char *_Nonnull path, const char *_Nonnull text);

// ---------------------------------------------------------------------------------------------------------------------
// Signal handlers
//
// Handlers must be C: Swift code is not async-signal-safe. Each keeps its state in static memory of this file.

/// A refused system call, as the SIGSYS handler saw it.
struct CLinux_refused_call {
    /// How many were refused so far; 0: nothing else here means anything.
    uint32_t count;
    int32_t number;
    uint32_t architecture;
    /// The call's first argument, such as a socket's family.
    uint64_t first_argument;
};

/// Installs the SIGSYS handler: it records the call and lets it return -EPERM. Needs no allocation and touches nothing else.
int32_t CLinux_refusals_install(void);

/// Makes the handler end the process for one system call, as the filter's own action would but with last words: the soft
/// stop's header, the line `blocked: NAME` and its dump, where a soft stop is installed. Then the process dies of SIGSYS.
int32_t CLinux_refusals_end_process(int32_t number, const char *_Nonnull name);

/// The last refused call.
void CLinux_refusals_read(struct CLinux_refused_call *_Nonnull call);

/// Forgets what was recorded.
void CLinux_refusals_reset(void);

/// Writes text about this process to a descriptor; must be async-signal-safe.
typedef void (*CLinux_dump)(int32_t descriptor, void *_Nullable context);

/// Installs the soft stop: on `signal` the process writes `header` to `socket`, calls `dump`, and ends with
/// CLinux_soft_stop_exit_status. Runs on an alternate stack of its own, so that it works when the stack is used up.
/// At most 64 bytes of header are kept.
int32_t CLinux_soft_stop_install(
    int32_t signal,
    int32_t socket,
    const uint8_t *_Nonnull header,
    size_t header_count,
    CLinux_dump _Nullable dump,
    void *_Nullable context);

/// Has a process that dies of `signal` write the soft stop's header and dump first. It dies of the signal all the same.
/// Where `spare_memory` bytes cannot be had then, the line `out of memory` stands before the dump; 0 does not ask.
int32_t CLinux_soft_stop_report_death(int32_t signal, size_t spare_memory);

/// Brackets the write of a frame: a soft stop or SIGXCPU that arrives in between waits for the end, so that frames are
/// never torn.
/// Calls nest, and may come from several threads.
void CLinux_frame_begin(void);
void CLinux_frame_end(void);

extern const int32_t CLinux_soft_stop_exit_status;

// ---------------------------------------------------------------------------------------------------------------------
// Probes

/// What CLinux_probe may be asked to attempt, on the process itself.
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
};

/// Makes an attempt that a worker must not succeed with: 0 when it succeeded, a negated errno when it was refused.
/// For `terrarium doctor`; harmless where it succeeds. Bare calls, because the point is what the kernel answers.
int32_t CLinux_probe(int32_t kind);
