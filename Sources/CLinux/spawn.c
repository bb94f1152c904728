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

// What the child tells its parent when it cannot become the program.
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

// Everything in the child's half is async-signal-safe: it runs in a copy of one thread of a process that had more.

// One byte each way: that is all that parent and child have to tell each other.
static bool say(int barrier) {
    ssize_t written;
    do {
        written = send(barrier, "g", 1, MSG_NOSIGNAL);
    } while (written < 0 && errno == EINTR);
    return written == 1;
}

static bool hear(int barrier) {
    char byte;
    ssize_t got;
    do {
        got = read(barrier, &byte, 1);
    } while (got < 0 && errno == EINTR);
    return got == 1;
}

static void reset_signals(void) {
    // Ignored signals would survive the exec, and handlers must not run in this copy once the mask is lifted.
    // By the bare call: the C library keeps 32 and 33 to itself. All zeroes is SIG_DFL in every layout of the structure.
    static const uint64_t standard[4];
    for (int signal = 1; signal < NSIG; signal += 1) {
        syscall(SYS_rt_sigaction, signal, standard, NULL, 8);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

// Puts the descriptors where the program expects them. The status pipe moves out of the way; its new number is returned.
static int arrange_descriptors(const struct CLinux_spawn_request *request, int status_pipe) {
    const int first_free = 3 + (int)request->descriptor_count;

    // First everything moves above the target range, so that no dup2 below can overwrite a source still needed.
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
    // dup2 onto itself would leave close-on-exec set; /dev/null may have landed on 0 or 1 of a caller without them.
    fcntl(0, F_SETFD, 0);
    fcntl(1, F_SETFD, 0);
    if (error_output >= 0) {
        if (dup2(error_output, 2) < 0) {
            return -errno;
        }
    } else if (fcntl(2, F_GETFD) < 0) {
        // A caller without standard error: the number must not become something else.
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
        // Before Linux 5.11: close one by one, up to the limit on descriptors.
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
        // The map files of a process that is not dumpable belong to root (proc(5)), and a caller that is not dumpable has
        // such children. So this copy is, until an unprivileged caller has written them; the caller itself never is.
        const int dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
        prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
        // The parent writes the maps now; end of file means that it could not.
        if (!say(barrier) || !hear(barrier)) {
            _exit(127);
        }
        prctl(PR_SET_DUMPABLE, dumpable == 1, 0, 0, 0);
    }
    // Before the exec, so that nothing of the program is ever counted elsewhere. Not by CLONE_INTO_CGROUP, which the clone
    // that container engines leave us does not have.
    if (request->cgroup_members >= 0 && write(request->cgroup_members, "0", 1) != 1) {
        report_and_exit(status_pipe, CLinux_spawn_step_cgroup, errno);
    }
    reset_signals();
    // A session of its own: no terminal's signals, no process group of the caller's.
    setsid();
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
    // Container engines answer ENOSYS so that callers fall back to the call whose flags their filter can see.
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

    // No signal may run a handler of the caller's in the child.
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
        // A child that ended instead leaves an end of file, and the write below says the rest.
        hear(barrier[1]);
        error = write_identity_maps(request, (int32_t)pid);
        if (error != 0) {
            result->step = CLinux_spawn_step_identity_maps;
        }
    }
    if (maps) {
        if (error == 0) {
            say(barrier[1]);
        }
        // Without the byte, the end of file sends the child away: at once, whoever else was forked with a copy of this end.
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
