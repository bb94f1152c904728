#define _GNU_SOURCE
#include "CLinux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int32_t outcome(long result) {
    return result < 0 ? -errno : 0;
}

static int32_t opened(int descriptor) {
    if (descriptor < 0) {
        return -errno;
    }
    close(descriptor);
    return 0;
}

static int32_t connect_to(const struct sockaddr *address, socklen_t size) {
    const int descriptor = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return -errno;
    }
    const int result = connect(descriptor, address, size);
    const int error = errno;
    close(descriptor);
    // ECONNREFUSED is the answer of the host, so the connection attempt was not blocked.
    return result == 0 || error == ECONNREFUSED ? 0 : -error;
}

static int32_t map(size_t size, int protection, int flags) {
    void *memory = mmap(NULL, size, protection, flags | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return -errno;
    }
    munmap(memory, size);
    return 0;
}

int32_t CLinux_probe(int32_t kind) {
    switch ((enum CLinux_probe_kind)kind) {
    case CLinux_probe_open_password_file:
        return opened(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
    case CLinux_probe_open_environment:
        return opened(open("/proc/self/environ", O_RDONLY | O_CLOEXEC));
    case CLinux_probe_create_file:
        // O_TMPFILE makes an unnamed file, so that no file remains if the call succeeds. The folder is not /tmp, where a
        // worker may have a temporary folder that it may write to.
        return opened(open("/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    case CLinux_probe_list_root:
        return opened(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    case CLinux_probe_connect_network: {
        struct sockaddr_in address;
        memset(&address, 0, sizeof address);
        address.sin_family = AF_INET;
        address.sin_port = htons(9);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return connect_to((const struct sockaddr *)&address, sizeof address);
    }
    case CLinux_probe_connect_unix: {
        // No socket has this abstract name: ECONNREFUSED shows that the kernel looked for it.
        struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "\0terrarium-doctor"};
        return connect_to((const struct sockaddr *)&address, offsetof(struct sockaddr_un, sun_path) + 17);
    }
    case CLinux_probe_fork: {
        const long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
        if (child == 0) {
            _exit(0);
        }
        if (child > 0) {
            waitpid((pid_t)child, NULL, 0);
        }
        return outcome(child);
    }
    case CLinux_probe_execute: {
        char *const nothing[] = {NULL};
        execve("/nonexistent", nothing, nothing);
        // The kernel returns ENOENT only after its check of the right to execute, so execve(2) was not blocked.
        return errno == ENOENT ? 0 : -errno;
    }
    case CLinux_probe_signal_first_process:
        return outcome(kill(1, 0));
    case CLinux_probe_become_root:
        return outcome(syscall(SYS_setresuid, 0, 0, 0));
    case CLinux_probe_raise_limit: {
        const struct rlimit limit = {4096, RLIM_INFINITY};
        return outcome(setrlimit(RLIMIT_CORE, &limit));
    }
    case CLinux_probe_map_shared:
        return map(4096, PROT_READ | PROT_WRITE, MAP_SHARED);
    case CLinux_probe_map_terabyte:
        return map((size_t)1 << 40, PROT_NONE, MAP_PRIVATE | MAP_NORESERVE);
    case CLinux_probe_use_inherited:
        for (int descriptor = 4; descriptor < 1024; descriptor += 1) {
            if (fcntl(descriptor, F_GETFD) >= 0) {
                return 0;
            }
        }
        return -EBADF;
    case CLinux_probe_lock_memory: {
        static char page[4096];
        const int32_t result = outcome(mlock(page, sizeof page));
        munlock(page, sizeof page);
        return result;
    }
    case CLinux_probe_wake_shared_futex:
        // The address lies in a page of this program's file. The futex's key is then the inode, which other processes
        // map too.
        return outcome(syscall(SYS_futex, outcome, FUTEX_WAKE, 0, NULL, NULL, 0));
    case CLinux_probe_read_clock_of_first_process: {
        // The kernel's MAKE_PROCESS_CPUCLOCK(1, CPUCLOCK_SCHED).
        struct timespec used;
        return outcome(syscall(SYS_clock_gettime, (~1 << 3) | 2, &used));
    }
    case CLinux_probe_find_group_of_first_process:
        return outcome(getpgid(1));
    case CLinux_probe_drop_cached_pages:
        // Any open descriptor works: the kernel accepts this advice also for descriptors without cached pages.
        return outcome(syscall(SYS_fadvise64, 3, 0L, 0L, POSIX_FADV_DONTNEED));
    }
    return -EINVAL;
}
