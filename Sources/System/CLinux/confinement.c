#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/securebits.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// ---------------------------------------------------------------------------------------------------------------------
// Namespaces and identity

const uint64_t CLinux_namespace_user = CLONE_NEWUSER;
const uint64_t CLinux_namespace_pid = CLONE_NEWPID;
const uint64_t CLinux_namespace_mount = CLONE_NEWNS;
const uint64_t CLinux_namespace_network = CLONE_NEWNET;
const uint64_t CLinux_namespace_ipc = CLONE_NEWIPC;
const uint64_t CLinux_namespace_uts = CLONE_NEWUTS;
const uint64_t CLinux_namespace_cgroup = CLONE_NEWCGROUP;

int32_t CLinux_unshare(uint64_t namespaces) {
    return unshare((int)namespaces) < 0 ? -errno : 0;
}

int32_t CLinux_take_identity(uint32_t uid, uint32_t gid, int32_t keep_groups) {
    // The groups are set first, because giving up the user id also gives up the right to change the groups.
    if (!keep_groups && setgroups(0, NULL) < 0) {
        return -errno;
    }
    if (setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0) {
        return -errno;
    }
    uid_t real, effective, saved;
    gid_t real_group, effective_group, saved_group;
    if (getresuid(&real, &effective, &saved) < 0 || getresgid(&real_group, &effective_group, &saved_group) < 0) {
        return -errno;
    }
    if (real != uid || effective != uid || saved != uid || real_group != gid || effective_group != gid
        || saved_group != gid) {
        return -EPERM;
    }
    return 0;
}

int32_t CLinux_drop_bounding_set(void) {
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL) {
        return -errno;
    }
    // PR_CAPBSET_READ fails with EINVAL for a number above the kernel's last capability.
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability += 1) {
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0) {
            return -errno;
        }
    }
    // From here on user id 0 has no special rights, and the bits that say so are locked.
    const unsigned long bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE
        | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED | SECBIT_KEEP_CAPS_LOCKED;
    return prctl(PR_SET_SECUREBITS, bits, 0, 0, 0) < 0 ? -errno : 0;
}

int32_t CLinux_drop_capabilities(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    memset(data, 0, sizeof data);
    return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

static int32_t read_capabilities(struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    return syscall(SYS_capget, &header, data) < 0 ? -errno : 0;
}

int32_t CLinux_has_capability(int32_t capability) {
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    const int32_t error = read_capabilities(data);
    if (error < 0) {
        return error;
    }
    return (data[capability / 32].effective >> (capability % 32)) & 1;
}

int32_t CLinux_set_no_new_privileges(void) {
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

int32_t CLinux_end_with_parent(void) {
    return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ? -errno : 0;
}

int32_t CLinux_set_dumpable(int32_t on) {
    return prctl(PR_SET_DUMPABLE, on ? 1 : 0, 0, 0, 0) < 0 ? -errno : 0;
}

// ---------------------------------------------------------------------------------------------------------------------
// The root file system

int32_t CLinux_mounts_private(void) {
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ? -errno : 0;
}

int32_t CLinux_mount_tmpfs(const char *path, uint64_t bytes) {
    char options[64];
    snprintf(options, sizeof options, "mode=0755,size=%llu", (unsigned long long)bytes);
    return mount("terrarium", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options) < 0 ? -errno : 0;
}

int32_t CLinux_bind_tree(const char *source, const char *target) {
    return mount(source, target, NULL, MS_BIND | MS_REC, NULL) < 0 ? -errno : 0;
}

// Mirrors struct mount_attr of linux/mount.h. With older libcs, that header cannot be included together with
// sys/mount.h.
struct attributes {
    uint64_t attr_set;
    uint64_t attr_clr;
    uint64_t propagation;
    uint64_t userns_fd;
};
_Static_assert(sizeof(struct attributes) == 32, "MOUNT_ATTR_SIZE_VER0");

#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#define ATTRIBUTE_RDONLY 0x00000001
#define ATTRIBUTE_NOSUID 0x00000002
#define ATTRIBUTE_NODEV 0x00000004
#define ATTRIBUTE_NOEXEC 0x00000008
#define RECURSIVE 0x8000

int32_t CLinux_make_tree_read_only(const char *path, int32_t no_exec) {
    const struct attributes attributes = {
        .attr_set = ATTRIBUTE_RDONLY | ATTRIBUTE_NOSUID | ATTRIBUTE_NODEV | (no_exec ? ATTRIBUTE_NOEXEC : 0),
        .propagation = MS_PRIVATE,
    };
    return syscall(SYS_mount_setattr, AT_FDCWD, path, RECURSIVE, &attributes, sizeof attributes) < 0 ? -errno : 0;
}

int32_t CLinux_pivot_root(const char *new_root) {
    // pivot_root(".", ".") mounts the old root on top of the new one, and umount2 detaches it there. Otherwise the new
    // root would need a folder as the mount point of the old one.
    if (chdir(new_root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0) {
        return -errno;
    }
    if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0) {
        return -errno;
    }
    return 0;
}

int32_t CLinux_set_host_name(const char *name) {
    return sethostname(name, strlen(name)) < 0 ? -errno : 0;
}

// ---------------------------------------------------------------------------------------------------------------------
// Landlock

// Constants that are newer than the oldest landlock header that this code must compile with. The kernel reports which of
// them it supports.
#define FS_REFER (1ULL << 13)
#define FS_TRUNCATE (1ULL << 14)
#define FS_IOCTL_DEV (1ULL << 15)
#define NET_BIND_TCP (1ULL << 0)
#define NET_CONNECT_TCP (1ULL << 1)
#define SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)
#define SCOPE_SIGNAL (1ULL << 1)

// Mirrors struct landlock_ruleset_attr with the fields of ABI 6.
struct ruleset {
    uint64_t handled_access_fs;
    uint64_t handled_access_net;
    uint64_t scoped;
};
_Static_assert(sizeof(struct landlock_path_beneath_attr) == 12, "packed by the kernel's definition");

int32_t CLinux_landlock_abi(void) {
    const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return abi < 0 ? -errno : (int32_t)abi;
}

int32_t CLinux_landlock_create(int32_t abi, int32_t scoped) {
    struct ruleset attributes = {.handled_access_fs = (1ULL << 13) - 1};
    size_t size = sizeof(uint64_t);
    if (abi >= 2) {
        attributes.handled_access_fs |= FS_REFER;
    }
    if (abi >= 3) {
        attributes.handled_access_fs |= FS_TRUNCATE;
    }
    if (abi >= 4) {
        attributes.handled_access_net = NET_BIND_TCP | NET_CONNECT_TCP;
        size = 2 * sizeof(uint64_t);
    }
    if (abi >= 5) {
        attributes.handled_access_fs |= FS_IOCTL_DEV;
    }
    if (abi >= 6) {
        attributes.scoped = scoped ? SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL : 0;
        size = sizeof attributes;
    }
    const long ruleset = syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
    return ruleset < 0 ? -errno : (int32_t)ruleset;
}

int32_t CLinux_landlock_allow_read(int32_t ruleset, int32_t path_descriptor, int32_t directory) {
    const struct landlock_path_beneath_attr rule = {
        .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | (directory ? LANDLOCK_ACCESS_FS_READ_DIR : 0),
        .parent_fd = path_descriptor,
    };
    return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0 ? -errno : 0;
}

int32_t CLinux_landlock_allow_write(int32_t ruleset, int32_t path_descriptor, int32_t abi) {
    // The rule does not permit making links, devices, sockets and FIFOs, because tasks have no use for them.
    struct landlock_path_beneath_attr rule = {
        .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_WRITE_FILE
            | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG
            | LANDLOCK_ACCESS_FS_MAKE_DIR,
        .parent_fd = path_descriptor,
    };
    if (abi >= 2) {
        rule.allowed_access |= FS_REFER;
    }
    if (abi >= 3) {
        rule.allowed_access |= FS_TRUNCATE;
    }
    return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0 ? -errno : 0;
}

int32_t CLinux_open_path(const char *path) {
    const int descriptor = open(path, O_PATH | O_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

int32_t CLinux_landlock_restrict(int32_t ruleset) {
    return syscall(SYS_landlock_restrict_self, ruleset, 0) < 0 ? -errno : 0;
}

// ---------------------------------------------------------------------------------------------------------------------
// Limits, seccomp

const int32_t CLinux_limit_address_space = RLIMIT_AS;
const int32_t CLinux_limit_core = RLIMIT_CORE;
const int32_t CLinux_limit_cpu = RLIMIT_CPU;
const int32_t CLinux_limit_data = RLIMIT_DATA;
const int32_t CLinux_limit_file_size = RLIMIT_FSIZE;
const int32_t CLinux_limit_locked_memory = RLIMIT_MEMLOCK;
const int32_t CLinux_limit_message_queue = RLIMIT_MSGQUEUE;
const int32_t CLinux_limit_nice = RLIMIT_NICE;
const int32_t CLinux_limit_open_files = RLIMIT_NOFILE;
const int32_t CLinux_limit_pending_signals = RLIMIT_SIGPENDING;
const int32_t CLinux_limit_processes = RLIMIT_NPROC;
const int32_t CLinux_limit_realtime = RLIMIT_RTPRIO;
const int32_t CLinux_limit_stack = RLIMIT_STACK;

int32_t CLinux_set_limits(int32_t resource, uint64_t soft, uint64_t hard) {
    struct rlimit limit;
    if (prlimit(0, (enum __rlimit_resource)resource, NULL, &limit) < 0) {
        return -errno;
    }
    // The new limits never exceed the current hard limit, which an unprivileged process cannot raise.
    limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
    limit.rlim_max = hard < limit.rlim_max ? hard : limit.rlim_max;
    return prlimit(0, (enum __rlimit_resource)resource, &limit, NULL) < 0 ? -errno : 0;
}

int32_t CLinux_get_limit(int32_t resource, uint64_t *value) {
    struct rlimit limit;
    if (prlimit(0, (enum __rlimit_resource)resource, NULL, &limit) < 0) {
        return -errno;
    }
    *value = limit.rlim_cur;
    return 0;
}

int32_t CLinux_get_hard_limit(int32_t resource, uint64_t *value) {
    struct rlimit limit;
    if (prlimit(0, (enum __rlimit_resource)resource, NULL, &limit) < 0) {
        return -errno;
    }
    *value = limit.rlim_max;
    return 0;
}

int32_t CLinux_set_slice(uint64_t nanoseconds) {
    // The C library has these calls and the structure only since 2.41. This is the structure's first version
    // (sched_setattr(2)).
    struct {
        uint32_t size;
        uint32_t policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime;
        uint64_t deadline;
        uint64_t period;
    } attributes;
    memset(&attributes, 0, sizeof(attributes));
    if (syscall(SYS_sched_getattr, 0, &attributes, sizeof(attributes), 0) < 0) {
        return -errno;
    }
    if (attributes.policy != SCHED_OTHER) {
        return -EINVAL;
    }
    attributes.runtime = nanoseconds;
    return syscall(SYS_sched_setattr, 0, &attributes, 0) < 0 ? -errno : 0;
}

int32_t CLinux_seccomp_install(const void *program, uint16_t count) {
    _Static_assert(sizeof(struct sock_filter) == 8, "eight-byte instructions");
    const struct sock_fprog filter = {.len = count, .filter = (struct sock_filter *)program};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) < 0 ? -errno : 0;
}

int32_t CLinux_write_text(const char *path, const char *text) {
    const int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return -errno;
    }
    const ssize_t written = write(descriptor, text, strlen(text));
    const int error = errno;
    close(descriptor);
    return written < 0 ? -error : 0;
}
