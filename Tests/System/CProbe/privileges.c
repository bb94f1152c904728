#define _GNU_SOURCE
#include "attempts.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/quota.h>
#include <sys/reboot.h>
#include <sys/swap.h>
#if defined(__x86_64__)
#include <sys/io.h>
#endif

ATTEMPT(become_root) { return outcome(setuid(0)); }
ATTEMPT(become_root_by_all_three) { return outcome(syscall(SYS_setresuid, 0, 0, 0)); }
ATTEMPT(become_root_group) { return outcome(setgid(0)); }
ATTEMPT(join_groups) {
    const gid_t groups[] = {0};
    return outcome(syscall(SYS_setgroups, 1, groups));
}
ATTEMPT(change_file_identity) {
    // setfsuid always answers the previous value: ask again what it is now.
    syscall(SYS_setfsuid, 12345);
    const long now = syscall(SYS_setfsuid, -1);
    if (now < 0) {
        return -errno;
    }
    syscall(SYS_setfsuid, getuid());
    return now == 12345 ? 0 : -EPERM;
}
ATTEMPT(take_capabilities) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    memset(data, 0, sizeof data);
    data[0].permitted = data[0].effective = 1U << CAP_SYS_ADMIN;
    return outcome(syscall(SYS_capset, &header, data));
}
ATTEMPT(raise_ambient_capability) {
    // Dropping is always allowed: raising one that is already inheritable is what a task would try.
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    memset(data, 0, sizeof data);
    data[0].permitted = data[0].effective = data[0].inheritable = 1U << CAP_NET_RAW;
    syscall(SYS_capset, &header, data);
    return outcome(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0));
}
ATTEMPT(become_dumpable) { return outcome(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)); }
ATTEMPT(outlive_parent) { return outcome(prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0)); }
ATTEMPT(keep_capabilities) { return outcome(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)); }
ATTEMPT(set_securebits) { return outcome(prctl(PR_SET_SECUREBITS, 0, 0, 0, 0)); }
ATTEMPT(allow_any_tracer) {
    // PR_SET_PTRACER is Yama's; without Yama the kernel does not know it.
    const long result = prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    return result < 0 && errno == EINVAL ? UNAVAILABLE : outcome(result);
}
ATTEMPT(adopt_orphans) { return outcome(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)); }
ATTEMPT(make_user_namespace) { return outcome(unshare(CLONE_NEWUSER)); }
ATTEMPT(make_network_namespace) { return outcome(unshare(CLONE_NEWNET)); }
ATTEMPT(make_mount_namespace) { return outcome(unshare(CLONE_NEWNS)); }
ATTEMPT(join_namespace) {
    const int own = open("/proc/self/ns/uts", O_RDONLY);
    return outcome(setns(own, CLONE_NEWUTS));
}
ATTEMPT(mount_file_system) {
    const long result = mount("none", targets->writable_folder, "tmpfs", 0, NULL);
    if (result == 0) {
        umount2(targets->writable_folder, MNT_DETACH);
    }
    return outcome(result);
}
ATTEMPT(remount_writable) {
    // With the flags it usually has, so that nothing changes where it works.
    return outcome(mount(NULL, "/proc", NULL, MS_REMOUNT | MS_BIND | MS_RELATIME, NULL));
}
ATTEMPT(unmount) {
    // Only marks an unused mount as expired, which its next use undoes.
    const long result = umount2("/proc", MNT_EXPIRE);
    return result >= 0 || errno == EAGAIN || errno == EBUSY ? 0 : -errno;
}
ATTEMPT(open_mount_tree) {
    // OPEN_TREE_CLONE
    return optional(syscall(428, AT_FDCWD, "/", 1));
}
ATTEMPT(open_file_system) { return optional(syscall(430, "tmpfs", 0)); }
ATTEMPT(pivot_to_other_root) { return reached(syscall(SYS_pivot_root, "/", "/nonexistent"), ENOENT); }
ATTEMPT(change_root) { return outcome(chroot("/")); }
ATTEMPT(set_host_name) {
    char name[256];
    if (gethostname(name, sizeof name) < 0) {
        return -errno;
    }
    return outcome(sethostname(name, strlen(name)));
}
ATTEMPT(load_bpf) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.map_type = BPF_MAP_TYPE_ARRAY;
    attributes.key_size = 4;
    attributes.value_size = 4;
    attributes.max_entries = 1;
    return optional(syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes));
}
ATTEMPT(count_events) {
    struct perf_event_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.type = PERF_TYPE_SOFTWARE;
    attributes.size = sizeof attributes;
    attributes.config = PERF_COUNT_SW_PAGE_FAULTS;
    return optional(syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0));
}
ATTEMPT(handle_page_faults) { return optional(syscall(SYS_userfaultfd, O_CLOEXEC)); }
ATTEMPT(set_up_io_uring) {
    char parameters[256];
    memset(parameters, 0, sizeof parameters);
    return optional(syscall(425, 1, parameters));
}
ATTEMPT(set_up_async_io) {
    unsigned long context = 0;
    return optional(syscall(SYS_io_setup, 1, &context));
}
ATTEMPT(add_key) {
    // KEY_SPEC_PROCESS_KEYRING
    return optional(syscall(SYS_add_key, "user", "terrarium-probe", "x", 1, -2));
}
ATTEMPT(read_session_keyring) {
    // KEYCTL_GET_KEYRING_ID of the session's.
    return optional(syscall(SYS_keyctl, 0, -3, 1));
}
ATTEMPT(request_key) {
    const long result = syscall(SYS_request_key, "user", "terrarium-probe-none", NULL, 0);
    return result < 0 && errno == ENOSYS ? UNAVAILABLE : result >= 0 || errno == ENOKEY ? 0 : -errno;
}
ATTEMPT(change_personality) { return outcome(personality(ADDR_NO_RANDOMIZE)); }
ATTEMPT(install_filter) {
    // SECCOMP_GET_ACTION_AVAIL of SECCOMP_RET_ALLOW: asks only.
    const uint32_t action = 0x7fff0000U;
    return optional(syscall(SYS_seccomp, 2, 0, &action));
}
ATTEMPT(load_module) {
    const long result = syscall(SYS_init_module, NULL, 0, "");
    return result < 0 && errno == ENOSYS ? UNAVAILABLE : reached(result, ENOEXEC);
}
ATTEMPT(load_module_from_file) {
    const long result = syscall(SYS_finit_module, -1, "", 0);
    return result < 0 && errno == ENOSYS ? UNAVAILABLE : reached(result, EBADF);
}
ATTEMPT(unload_module) {
    const long result = syscall(SYS_delete_module, "terrarium_probe_none", O_NONBLOCK);
    return result < 0 && errno == ENOSYS ? UNAVAILABLE : reached(result, ENOENT);
}
ATTEMPT(load_kernel) {
    const long result = syscall(SYS_kexec_load, 0, 17, NULL, 0);
    return result < 0 && errno == ENOSYS ? UNAVAILABLE : reached(result, EINVAL);
}
ATTEMPT(restart_machine) {
    // With wrong magic numbers: nothing restarts, and the right to is checked first.
    return reached(syscall(SYS_reboot, 0, 0, 0, NULL), EINVAL);
}
ATTEMPT(add_swap) {
    const long result = swapon("/nonexistent", 0);
    return result < 0 && errno == ENOSYS ? UNAVAILABLE : reached(result, ENOENT);
}
ATTEMPT(account_processes) {
    const long result = syscall(SYS_acct, "/nonexistent");
    return result < 0 && errno == ENOSYS ? UNAVAILABLE : reached(result, ENOENT);
}
ATTEMPT(read_kernel_log) { return outcome(klogctl(10, NULL, 0)); }
ATTEMPT(adjust_clock) {
    char buffer[256];
    memset(buffer, 0, sizeof buffer);
    // ADJ_TICK with a tick out of range: the right to set it is checked first.
    *(unsigned int *)buffer = 0x4000;
    return reached(syscall(SYS_adjtimex, buffer), EINVAL);
}
#if defined(__x86_64__)
ATTEMPT(use_ports) {
    const long result = iopl(3);
    return result < 0 && errno == ENOSYS ? UNAVAILABLE : outcome(result);
}
ATTEMPT(use_one_port) {
    const long result = ioperm(0x80, 1, 1);
    return result < 0 && (errno == ENOSYS || errno == EIO) ? UNAVAILABLE : outcome(result);
}
ATTEMPT(read_local_descriptors) {
    char buffer[64];
    return optional(syscall(SYS_modify_ldt, 0, buffer, sizeof buffer));
}
ATTEMPT(call_by_x32_entry) {
    // getpid by the x32 table.
    return optional(syscall(0x40000000 | SYS_getpid));
}
ATTEMPT(call_by_32_bit_entry) {
    // getpid by the 32-bit table, through its own gate. A kernel without it ends the process with SIGSEGV.
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory", "r8", "r9", "r10", "r11");
    if (result == -ENOSYS) {
        return UNAVAILABLE;
    }
    return result < 0 ? (int32_t)result : 0;
}
#endif

int32_t CProbe_give_up_administration(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    if (prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN, 0, 0, 0) < 0 || syscall(SYS_capget, &header, data) < 0) {
        return -errno;
    }
    data[0].permitted &= ~(1U << CAP_SYS_ADMIN);
    data[0].effective &= ~(1U << CAP_SYS_ADMIN);
    return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

const struct attempt privilege_attempts[] = {
    ROW(become_root), ROW(become_root_by_all_three), ROW(become_root_group), ROW(join_groups),
    ROW(change_file_identity), ROW(take_capabilities), ROW(raise_ambient_capability), ROW(become_dumpable),
    ROW(outlive_parent), ROW(keep_capabilities), ROW(set_securebits), ROW(allow_any_tracer), ROW(adopt_orphans),
    ROW(make_user_namespace), ROW(make_network_namespace), ROW(make_mount_namespace), ROW(join_namespace),
    ROW(mount_file_system), ROW(remount_writable), ROW(unmount), ROW(open_mount_tree), ROW(open_file_system),
    ROW(pivot_to_other_root), ROW(change_root), ROW(set_host_name), ROW(load_bpf), ROW(count_events),
    ROW(handle_page_faults), ROW(set_up_io_uring), ROW(set_up_async_io), ROW(add_key), ROW(read_session_keyring),
    ROW(request_key), ROW(change_personality), ROW(install_filter), ROW(load_module), ROW(load_module_from_file),
    ROW(unload_module), ROW(load_kernel), ROW(restart_machine), ROW(add_swap), ROW(account_processes),
    ROW(read_kernel_log), ROW(adjust_clock),
#if defined(__x86_64__)
    ROW(use_ports), ROW(use_one_port), ROW(read_local_descriptors), ROW(call_by_x32_entry), ROW(call_by_32_bit_entry),
#endif
    {NULL, NULL},
};
