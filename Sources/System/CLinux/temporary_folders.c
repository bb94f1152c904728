#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// The process that makes the temporary folders of workers. A folder is a tmpfs in a mount namespace of its own, and only a
// process with CAP_SYS_ADMIN can make one. The fork server and its workers have no capabilities, and landlock forbids them
// to mount. So this process is forked before the fork server gives up its privileges. It has its own user namespace, below
// the fork server's, and that user namespace owns the mount namespaces that the process makes.
//
// The user of the workers owns the user namespace, so a worker may enter it. There it has all capabilities, and with them
// the right to enter the mount namespace. After that it drops the capabilities.
//
// The process runs no Python and reads nothing from workers. It makes each mount namespace ahead of time and
// blocks until a worker takes it.

#define SOCKET 3
#define PROC 4

static int32_t outcome(long result) {
    return result < 0 ? -errno : 0;
}

/// Writes to a file below /proc/self.
static int32_t write_own(const char *name, const char *text) {
    const int descriptor = openat(PROC, name, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return -errno;
    }
    const int32_t error = outcome(write(descriptor, text, strlen(text)));
    close(descriptor);
    return error;
}

static int32_t map_identity(uint32_t uid, uint32_t gid) {
    char map[64];
    snprintf(map, sizeof map, "%u %u 1", uid, uid);
    int32_t error;
    // setgroups(2) must be denied before a process without CAP_SETGID may write the map of group ids.
    if ((error = write_own("self/uid_map", map)) < 0 || (error = write_own("self/setgroups", "deny")) < 0) {
        return error;
    }
    snprintf(map, sizeof map, "%u %u 1", gid, gid);
    return write_own("self/gid_map", map);
}

static int32_t open_own(const char *name) {
    const int descriptor = openat(PROC, name, O_RDONLY | O_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

/// Makes a mount namespace with a folder, and returns its descriptor.
static int32_t make_folder(const struct CLinux_folders_plan *plan) {
    if (unshare(CLONE_NEWNS) < 0
        || mount("terrarium", plan->path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, plan->options) < 0) {
        return -errno;
    }
    return open_own("self/ns/mnt");
}

/// A message of the process: the step that failed and a negated errno, or zeros.
struct report {
    int32_t step;
    int32_t error;
};

static int32_t prepare(
    const struct CLinux_folders_plan *plan, int32_t server, int32_t *step, int32_t *user, int32_t *base) {
    int32_t error;
    *step = CLinux_folders_step_identity;
    prctl(PR_SET_NAME, "terrarium-temp", 0, 0, 0);
    if (plan->changes_identity && (error = CLinux_take_identity(plan->uid, plan->gid, 0)) < 0) {
        return error;
    }
    *step = CLinux_folders_step_user_namespace;
    // The process writes its own id maps below. While it is not dumpable, its files in /proc belong to root.
    if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0 || unshare(CLONE_NEWUSER) < 0) {
        return -errno;
    }
    *step = CLinux_folders_step_identity_maps;
    if ((error = map_identity(plan->uid, plan->gid)) < 0) {
        return error;
    }
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) {
        return -errno;
    }
    // The fork server's mount namespace belongs to the fork server's user namespace, so this process could not return to
    // it (setns(2)). The copy that unshare makes belongs to this process's user namespace. Each folder is made in a new
    // copy of that copy.
    *step = CLinux_folders_step_mount_namespace;
    if (unshare(CLONE_NEWNS) < 0) {
        return -errno;
    }
    if ((*base = open_own("self/ns/mnt")) < 0) {
        return *base;
    }
    if ((*user = open_own("self/ns/user")) < 0) {
        return *user;
    }
    *step = CLinux_folders_step_confinement;
    // The parent death signal is set after the changes of credentials, because they would clear it.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        return -errno;
    }
    if (getppid() != server) {
        return -ESRCH;
    }
    const struct sock_fprog program = {.len = plan->filter_count, .filter = (struct sock_filter *)plan->filter};
    return outcome(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
}

static _Noreturn void make_folders(const struct CLinux_folders_plan *plan, int32_t server) {
    struct report report = {0, 0};
    int32_t user = -1;
    int32_t base = -1;
    report.error = prepare(plan, server, &report.step, &user, &base);
    int32_t folder = -1;
    if (report.error == 0) {
        report.step = CLinux_folders_step_mount;
        folder = make_folder(plan);
        report.error = folder < 0 ? folder : 0;
    }
    if (report.error != 0) {
        CLinux_send_descriptor(SOCKET, &report, sizeof report, -1);
        _exit(1);
    }
    report.step = 0;
    if (CLinux_send_descriptor(SOCKET, &report, sizeof report, user) < 0) {
        _exit(0);
    }
    close(user);
    for (;;) {
        // Blocks while the socket's buffer is full, and fails when the fork server and its workers are gone.
        const char byte = 0;
        if (folder < 0 || CLinux_send_descriptor(SOCKET, &byte, 1, folder) < 0) {
            _exit(folder < 0 ? 1 : 0);
        }
        close(folder);
        if (setns(base, CLONE_NEWNS) < 0) {
            _exit(1);
        }
        folder = make_folder(plan);
    }
}

/// Moves the two descriptors to the numbers SOCKET and PROC, makes 2 a copy of 0, and closes all descriptors above PROC.
static int32_t take_descriptors(int32_t socket, int32_t proc) {
    const int spare_socket = fcntl(socket, F_DUPFD, 10);
    const int spare_proc = fcntl(proc, F_DUPFD, 10);
    if (spare_socket < 0 || spare_proc < 0 || dup2(spare_socket, SOCKET) < 0 || dup2(spare_proc, PROC) < 0
        || dup2(0, 2) < 0) {
        return -errno;
    }
    return CLinux_close_range(PROC + 1, ~0U);
}

int32_t CLinux_folders_start(
    const struct CLinux_folders_plan *plan, int32_t proc, struct CLinux_folders *folders, int32_t *step) {
    int sockets[2];
    *step = CLinux_folders_step_process;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0) {
        return -errno;
    }
    // The kernel raises this to its minimum. So the buffer takes only a few messages, and only that many folders are made
    // ahead.
    const int room = 1;
    setsockopt(sockets[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    const int32_t server = getpid();
    const pid_t pid = fork();
    if (pid == 0) {
        if (take_descriptors(sockets[1], proc) < 0) {
            _exit(1);
        }
        make_folders(plan, server);
    }
    const int error = errno;
    close(sockets[1]);
    if (pid < 0) {
        close(sockets[0]);
        return -error;
    }
    struct report report = {CLinux_folders_step_process, -EPIPE};
    int32_t user = -1;
    const int64_t got = CLinux_receive_descriptor(sockets[0], &report, sizeof report, &user);
    if (got == sizeof report && report.error == 0 && user >= 0) {
        *folders = (struct CLinux_folders){.socket = sockets[0], .user_namespace = user, .pid = pid};
        return 0;
    }
    *step = report.step;
    close(sockets[0]);
    // The process ends by itself. It is reaped here; its exit status is not needed.
    int32_t status;
    struct CLinux_usage usage;
    CLinux_wait_any(1, &status, &usage);
    return report.error < 0 ? report.error : -EPIPE;
}

int32_t CLinux_folders_enter(int32_t socket, int32_t user_namespace) {
    char byte;
    int32_t folder = -1;
    const int64_t got = CLinux_receive_descriptor(socket, &byte, 1, &folder);
    if (got < 0) {
        return (int32_t)got;
    }
    if (folder < 0) {
        return -EPIPE;
    }
    int32_t error;
    if ((error = outcome(setns(user_namespace, CLONE_NEWUSER))) < 0
        || (error = outcome(setns(folder, CLONE_NEWNS))) < 0
        || (error = CLinux_drop_bounding_set()) < 0) {
        return error;
    }
    return CLinux_drop_capabilities();
}

int32_t CLinux_mount_folder(const char *path, const char *options) {
    return mount("terrarium", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options) < 0 ? -errno : 0;
}
