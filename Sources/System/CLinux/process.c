#define _GNU_SOURCE
#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

const char *CLinux_error_text(int32_t code) {
    return strerrordesc_np(code);
}

const char *CLinux_error_name(int32_t code) {
    return strerrorname_np(code);
}

int32_t CLinux_fork(void) {
    const pid_t pid = fork();
    return pid < 0 ? -errno : pid;
}

int32_t CLinux_pidfd_open(int32_t pid) {
    const long descriptor = syscall(SYS_pidfd_open, pid, 0);
    return descriptor < 0 ? -errno : (int32_t)descriptor;
}

int32_t CLinux_pidfd_send_signal(int32_t pidfd, int32_t signal) {
    return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}

int32_t CLinux_pidfd_wait(int32_t pidfd, int32_t block, int32_t *status) {
    siginfo_t information;
    int result;
    do {
        memset(&information, 0, sizeof information);
        result = waitid((idtype_t)P_PIDFD, (id_t)pidfd, &information, WEXITED | (block ? 0 : WNOHANG));
    } while (result < 0 && errno == EINTR);
    if (result < 0) {
        return -errno;
    }
    if (information.si_pid == 0) {
        return 0;
    }
    // The status is converted to the encoding of wait(2), so that one decoder serves both calls.
    *status = information.si_code == CLD_EXITED ? (information.si_status & 0xff) << 8 : information.si_status & 0x7f;
    return 1;
}

static void convert_usage(const struct rusage *from, struct CLinux_usage *to) {
    to->cpu_microseconds = ((int64_t)from->ru_utime.tv_sec + from->ru_stime.tv_sec) * 1000000
        + from->ru_utime.tv_usec + from->ru_stime.tv_usec;
    to->peak_resident_bytes = (int64_t)from->ru_maxrss * 1024;
    to->minor_faults = from->ru_minflt;
}

int32_t CLinux_wait_any(int32_t block, int32_t *status, struct CLinux_usage *usage) {
    struct rusage kernel_usage;
    memset(&kernel_usage, 0, sizeof kernel_usage);
    pid_t pid;
    do {
        pid = wait4(-1, status, block ? 0 : WNOHANG, &kernel_usage);
    } while (pid < 0 && errno == EINTR);
    if (pid < 0) {
        return -errno;
    }
    convert_usage(&kernel_usage, usage);
    return pid;
}

void CLinux_own_usage(struct CLinux_usage *usage) {
    struct rusage kernel_usage;
    memset(&kernel_usage, 0, sizeof kernel_usage);
    getrusage(RUSAGE_SELF, &kernel_usage);
    convert_usage(&kernel_usage, usage);
}

int32_t CLinux_decode_wait_status(int32_t status, int32_t *value) {
    if (WIFEXITED(status)) {
        *value = WEXITSTATUS(status);
        return 1;
    }
    if (WIFSIGNALED(status)) {
        *value = WTERMSIG(status);
        return 2;
    }
    return 0;
}

int32_t CLinux_close_range(uint32_t first, uint32_t last) {
    if (syscall(SYS_close_range, first, last, 0) == 0) {
        return 0;
    }
    if (errno != ENOSYS) {
        return -errno;
    }
    struct rlimit limit;
    uint32_t end = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 65536 ? (uint32_t)limit.rlim_cur : 65536;
    if (last < end) {
        end = last + 1;
    }
    for (uint32_t descriptor = first; descriptor < end; descriptor += 1) {
        close((int)descriptor);
    }
    return 0;
}

int32_t CLinux_set_close_on_exec(int32_t descriptor, int32_t on) {
    return fcntl(descriptor, F_SETFD, on ? FD_CLOEXEC : 0) < 0 ? -errno : 0;
}

int32_t CLinux_set_nonblocking(int32_t descriptor, int32_t on) {
    const int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0) {
        return -errno;
    }
    return fcntl(descriptor, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) < 0 ? -errno : 0;
}

int32_t CLinux_count_entries(const char *path) {
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return -errno;
    }
    int32_t count = 0;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        count += entry->d_name[0] != '.';
    }
    closedir(folder);
    return count;
}

static void child_signal_set(sigset_t *set) {
    sigemptyset(set);
    sigaddset(set, SIGCHLD);
}

int32_t CLinux_child_signal_open(void) {
    sigset_t set;
    child_signal_set(&set);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0) {
        return -errno;
    }
    const int descriptor = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return descriptor < 0 ? -errno : descriptor;
}

int32_t CLinux_child_signal_drain(int32_t descriptor) {
    struct signalfd_siginfo information[8];
    for (;;) {
        const ssize_t got = read(descriptor, information, sizeof information);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return errno == EAGAIN ? 0 : -errno;
        }
    }
}

int32_t CLinux_ignore_signal(int32_t signal) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_IGN;
    return sigaction(signal, &action, NULL) < 0 ? -errno : 0;
}

int32_t CLinux_limit_arenas(int32_t count) {
    return mallopt(M_ARENA_MAX, count) == 1 ? 0 : -EINVAL;
}
