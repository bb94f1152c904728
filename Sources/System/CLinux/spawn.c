#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

_Static_assert(sizeof(pid_t) == sizeof(int32_t), "pid_t is spelled int32_t");
_Static_assert(sizeof(int) == sizeof(int32_t), "descriptors are spelled int32_t");

// The message that a child sends over the status pipe if it cannot execute the program.
struct failure {
    int32_t step;
    int32_t error;
};

static void report_and_exit(int status_pipe, int32_t step, int32_t error) {
    const struct failure failure = {step, error};
    ssize_t written;
    do {
        written = write(status_pipe, &failure, sizeof failure);
    } while (written < 0 && errno == EINTR);
    _exit(127);
}

// All code that runs in the child is async-signal-safe, because the child is a copy of one thread of a process that may
// have more.

// The barrier makes parent and child wait for each other. Each of them sends one byte over a socket pair.
static bool barrier_post(int barrier) {
    ssize_t written;
    do {
        written = send(barrier, "g", 1, MSG_NOSIGNAL);
    } while (written < 0 && errno == EINTR);
    return written == 1;
}

static bool barrier_wait(int barrier) {
    char byte;
    ssize_t got;
    do {
        got = read(barrier, &byte, 1);
    } while (got < 0 && errno == EINTR);
    return got == 1;
}

static void reset_signals(void) {
    // The exec would keep ignored signals, and the caller's handlers must not run in the child once the mask is lifted.
    // This is the bare system call, because the C library's wrapper refuses the signals 32 and 33. A structure of
    // zeroes means SIG_DFL in every layout.
    static const uint64_t standard[4];
    for (int signal = 1; signal < NSIG; signal += 1) {
        syscall(SYS_rt_sigaction, signal, standard, NULL, 8);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

// Moves the descriptors to the numbers that the program expects. The status pipe gets a number above them, which is
// returned.
static int arrange_descriptors(const struct CLinux_spawn_request *request, int status_pipe) {
    const int first_free = 3 + (int)request->descriptor_count;

    // First all descriptors move above the target range, so that no dup2 below overwrites one that is still needed.
    status_pipe = fcntl(status_pipe, F_DUPFD_CLOEXEC, first_free);
    if (status_pipe < 0) {
        return -errno;
    }
    int moved[64];
    for (size_t index = 0; index < request->descriptor_count; index += 1) {
        moved[index] = fcntl(request->descriptors[index], F_DUPFD_CLOEXEC, first_free);
        if (moved[index] < 0) {
            return -errno;
        }
    }
    int error_output = -1;
    if (request->error_output >= 0) {
        error_output = fcntl(request->error_output, F_DUPFD_CLOEXEC, first_free);
        if (error_output < 0) {
            return -errno;
        }
    }
    const int null_device = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null_device < 0 || dup2(null_device, 0) < 0 || dup2(null_device, 1) < 0) {
        return -errno;
    }
    // If the caller had no descriptor 0 or 1, /dev/null may have that number already. dup2 onto the same number then
    // leaves close-on-exec set, so it is cleared.
    fcntl(0, F_SETFD, 0);
    fcntl(1, F_SETFD, 0);
    if (error_output >= 0) {
        if (dup2(error_output, 2) < 0) {
            return -errno;
        }
    } else if (fcntl(2, F_GETFD) < 0) {
        // The caller has no standard error. The number is filled, so that no other file gets it.
        if (dup2(0, 2) < 0) {
            return -errno;
        }
    } else {
        fcntl(2, F_SETFD, 0);
    }
    for (size_t index = 0; index < request->descriptor_count; index += 1) {
        if (dup2(moved[index], 3 + (int)index) < 0) {
            return -errno;
        }
    }
    if (syscall(SYS_close_range, (unsigned)first_free, ~0U, CLOSE_RANGE_CLOEXEC) < 0) {
        // Linux before 5.11 has no CLOSE_RANGE_CLOEXEC, so the descriptors are closed one by one, up to the limit on
        // descriptors.
        struct rlimit limit;
        const int last = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 65536 ? (int)limit.rlim_cur : 65536;
        for (int descriptor = first_free; descriptor < last; descriptor += 1) {
            if (descriptor != status_pipe) {
                close(descriptor);
            }
        }
    }
    return status_pipe;
}

// Makes the capabilities of a new user namespace survive the exec of a program whose user id is not 0.
static int32_t raise_ambient_capabilities(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, data) < 0) {
        return -errno;
    }
    for (int index = 0; index < _LINUX_CAPABILITY_U32S_3; index += 1) {
        data[index].inheritable = data[index].permitted;
    }
    if (syscall(SYS_capset, &header, data) < 0) {
        return -errno;
    }
    for (int capability = 0; capability < 64; capability += 1) {
        if (data[capability / 32].permitted & (1U << (capability % 32))) {
            if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) < 0) {
                return -errno;
            }
        }
    }
    return 0;
}

static void child(const struct CLinux_spawn_request *request, int barrier, int status_pipe) {
    if (barrier >= 0) {
        // The id map files of a process that is not dumpable belong to root (proc(5)), and a child inherits that
        // property. So the child is made dumpable until an unprivileged parent has written the maps. The parent itself
        // stays unchanged.
        const int dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
        prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
        // The parent writes the maps now. If it fails, it closes its end of the barrier without sending a byte.
        if (!barrier_post(barrier) || !barrier_wait(barrier)) {
            _exit(127);
        }
        prctl(PR_SET_DUMPABLE, dumpable == 1, 0, 0, 0);
    }
    // The child joins the cgroup before the exec, so that all of the program's resources are charged to it.
    // CLONE_INTO_CGROUP is not used, because it needs clone3, which container engines refuse.
    if (request->cgroup_members >= 0 && write(request->cgroup_members, "0", 1) != 1) {
        report_and_exit(status_pipe, CLinux_spawn_step_cgroup, errno);
    }
    reset_signals();
    // The program gets a process group of its own, so that it receives no signals of a terminal or of the caller's process
    // group. It stays in the caller's session: the scheduler gives each session a share of each processor (sched(7), "The
    // autogroup feature"), and a worker that wakes on a processor where its session has run little waits for tens of
    // milliseconds.
    setpgid(0, 0);
    const int moved = arrange_descriptors(request, status_pipe);
    if (moved < 0) {
        report_and_exit(status_pipe, CLinux_spawn_step_descriptors, -moved);
    }
    status_pipe = moved;
    if (chdir("/") < 0) {
        report_and_exit(status_pipe, CLinux_spawn_step_directory, errno);
    }
    if (request->keep_capabilities) {
        const int32_t raised = raise_ambient_capabilities();
        if (raised < 0) {
            report_and_exit(status_pipe, CLinux_spawn_step_capabilities, -raised);
        }
    }
    execve(request->executable, request->arguments, request->environment);
    report_and_exit(status_pipe, CLinux_spawn_step_execute, errno);
}

static int32_t write_process_file(int32_t pid, const char *name, const char *text) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    return CLinux_write_text(path, text);
}

static int32_t write_identity_maps(const struct CLinux_spawn_request *request, int32_t pid) {
    int32_t error = 0;
    if (request->deny_setgroups) {
        error = write_process_file(pid, "setgroups", "deny");
    }
    if (error == 0 && request->uid_map != NULL) {
        error = write_process_file(pid, "uid_map", request->uid_map);
    }
    if (error == 0 && request->gid_map != NULL) {
        error = write_process_file(pid, "gid_map", request->gid_map);
    }
    return error;
}

static long clone_with_pidfd(uint64_t namespaces, int *pidfd) {
    struct clone_args arguments;
    memset(&arguments, 0, sizeof arguments);
    arguments.flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND | namespaces;
    arguments.pidfd = (uint64_t)(uintptr_t)pidfd;
    arguments.exit_signal = SIGCHLD;
    const long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid >= 0 || errno != ENOSYS) {
        return pid;
    }
    // Container engines make clone3 fail with ENOSYS, so that callers use clone, whose flags a seccomp filter can read.
#if defined(__x86_64__)
    return syscall(SYS_clone, namespaces | CLONE_PIDFD | SIGCHLD, NULL, pidfd, NULL, 0);
#else
    return syscall(SYS_clone, namespaces | CLONE_PIDFD | SIGCHLD, NULL, pidfd, 0, NULL);
#endif
}

int32_t CLinux_spawn(const struct CLinux_spawn_request *request, struct CLinux_spawn_result *result) {
    result->pid = -1;
    result->pidfd = -1;
    result->step = CLinux_spawn_step_none;
    if (request->descriptor_count > 64) {
        result->step = CLinux_spawn_step_descriptors;
        return -E2BIG;
    }

    int status[2] = {-1, -1};
    int barrier[2] = {-1, -1};
    const bool maps = request->uid_map != NULL;
    if (pipe2(status, O_CLOEXEC) < 0) {
        result->step = CLinux_spawn_step_pipe;
        return -errno;
    }
    if (maps && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, barrier) < 0) {
        const int32_t error = errno;
        close(status[0]);
        close(status[1]);
        result->step = CLinux_spawn_step_pipe;
        return -error;
    }

    // All signals are blocked, so that no handler of the caller runs in the child.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int pidfd = -1;
    const long pid = clone_with_pidfd(request->namespaces, &pidfd);
    const int clone_error = errno;
    if (pid == 0) {
        close(status[0]);
        if (maps) {
            close(barrier[1]);
        }
        child(request, barrier[0], status[1]);
        _exit(127);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);

    close(status[1]);
    if (maps) {
        close(barrier[0]);
    }
    if (pid < 0) {
        close(status[0]);
        if (maps) {
            close(barrier[1]);
        }
        result->step = CLinux_spawn_step_clone;
        return -clone_error;
    }

    int32_t error = 0;
    if (maps) {
        // If the child has ended, the read returns end of file, and writing the maps below fails.
        barrier_wait(barrier[1]);
        error = write_identity_maps(request, (int32_t)pid);
        if (error != 0) {
            result->step = CLinux_spawn_step_identity_maps;
        }
    }
    if (maps) {
        if (error == 0) {
            barrier_post(barrier[1]);
        }
        // If the byte is not sent, the end of file makes the child exit. shutdown(2) takes effect at once, even if
        // another child has inherited a copy of this end.
        shutdown(barrier[1], SHUT_RDWR);
        close(barrier[1]);
    }

    struct failure failure;
    ssize_t got;
    do {
        got = read(status[0], &failure, sizeof failure);
    } while (got < 0 && errno == EINTR);
    close(status[0]);
    if (error == 0 && got == sizeof failure) {
        result->step = failure.step;
        error = -failure.error;
    }
    if (error != 0) {
        int32_t ignored;
        CLinux_pidfd_wait(pidfd, 1, &ignored);
        close(pidfd);
        return error;
    }
    result->pid = (int32_t)pid;
    result->pidfd = pidfd;
    return 0;
}
