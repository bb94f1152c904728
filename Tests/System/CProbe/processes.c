#define _GNU_SOURCE
#include "attempts.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/kcmp.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

ATTEMPT(fork_process) {
    const pid_t child = fork();
    if (child == 0) {
        _exit(0);
    }
    if (child > 0) {
        waitpid(child, NULL, 0);
    }
    return outcome(child);
}
ATTEMPT(fork_by_bare_call) {
    const long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) {
        _exit(0);
    }
    if (child > 0) {
        waitpid((pid_t)child, NULL, 0);
    }
    return outcome(child);
}
#ifdef SYS_vfork
ATTEMPT(vfork_process) {
    const pid_t child = vfork();
    if (child == 0) {
        _exit(0);
    }
    return outcome(child);
}
#endif
ATTEMPT(fork_by_clone3) {
    struct clone_args arguments;
    memset(&arguments, 0, sizeof arguments);
    arguments.exit_signal = SIGCHLD;
    const long child = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (child == 0) {
        _exit(0);
    }
    return outcome(child);
}
ATTEMPT(clone_into_namespace) {
    const long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
    if (child == 0) {
        _exit(0);
    }
    return outcome(child);
}
ATTEMPT(execute_program) {
    const pid_t child = fork();
    if (child <= 0) {
        execl("/bin/true", "true", (char *)NULL);
        // In the child a failure must look like one to the parent.
        if (child == 0) {
            _exit(errno == 0 ? 1 : errno);
        }
        return -errno;
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? -WEXITSTATUS(status) : 0;
}
ATTEMPT(execute_memory) {
    const int memory = (int)syscall(SYS_memfd_create, "probe", 1U);
    if (memory < 0) {
        return -errno;
    }
    char *const nothing[] = {NULL};
    // An empty file is no program: the kernel says so once it was allowed to look.
    return reached(syscall(SYS_execveat, memory, "", nothing, nothing, AT_EMPTY_PATH), ENOEXEC);
}
ATTEMPT(trace_other) {
    const long result = ptrace(PTRACE_SEIZE, targets->process, NULL, NULL);
    if (result == 0) {
        ptrace(PTRACE_INTERRUPT, targets->process, NULL, NULL);
        waitpid(targets->process, NULL, __WALL);
        ptrace(PTRACE_DETACH, targets->process, NULL, NULL);
    }
    return outcome(result);
}
ATTEMPT(be_traced) { return outcome(ptrace(PTRACE_TRACEME, 0, NULL, NULL)); }
ATTEMPT(read_other_memory) {
    char byte;
    struct iovec local = {&byte, 1};
    struct iovec remote = {(void *)&CProbe_unavailable, 1};
    // The address need not be mapped there: the right to read is checked first.
    return reached(process_vm_readv(targets->process, &local, 1, &remote, 1, 0), EFAULT);
}
ATTEMPT(write_other_memory) {
    char byte = 0;
    struct iovec local = {&byte, 1};
    struct iovec remote = {NULL, 1};
    return reached(process_vm_writev(targets->process, &local, 1, &remote, 1, 0), EFAULT);
}
ATTEMPT(signal_other) { return outcome(kill(targets->process, 0)); }
ATTEMPT(signal_init) { return outcome(kill(1, 0)); }
ATTEMPT(signal_group) { return outcome(kill(0, 0)); }
ATTEMPT(signal_everybody) {
    // Signal 0 to all: only asks whether there is anybody.
    return outcome(kill(-1, 0));
}
ATTEMPT(signal_every_guess) {
    int error = ESRCH;
    for (pid_t pid = 1; pid < 512; pid += 1) {
        if (pid == getpid()) {
            continue;
        }
        if (kill(pid, 0) == 0) {
            return 0;
        }
        if (errno != ESRCH) {
            error = errno;
        }
    }
    return -error;
}
ATTEMPT(signal_other_thread) { return outcome(syscall(SYS_tgkill, targets->process, targets->process, 0)); }
ATTEMPT(signal_other_by_thread_number) { return outcome(syscall(SYS_tkill, targets->process, 0)); }
ATTEMPT(signal_other_with_high_bits) {
    // The kernel looks at the low half only; a filter that looks at the whole must not be fooled.
    return outcome(syscall(SYS_kill, (1L << 32) | targets->process, 0));
}
ATTEMPT(queue_signal_to_other) {
    siginfo_t information;
    memset(&information, 0, sizeof information);
    information.si_code = SI_QUEUE;
    return outcome(syscall(SYS_rt_sigqueueinfo, targets->process, 0, &information));
}
ATTEMPT(open_other_by_pidfd) { return outcome(syscall(SYS_pidfd_open, targets->process, 0)); }
ATTEMPT(take_descriptor_of_other) {
    const int pidfd = (int)syscall(SYS_pidfd_open, targets->process, 0);
    return pidfd < 0 ? -errno : outcome(syscall(SYS_pidfd_getfd, pidfd, 0, 0));
}
ATTEMPT(compare_with_other) {
    return optional(syscall(SYS_kcmp, getpid(), targets->process, KCMP_VM, 0, 0));
}
ATTEMPT(advise_other) {
    const int pidfd = (int)syscall(SYS_pidfd_open, targets->process, 0);
    struct iovec range = {NULL, 0};
    return pidfd < 0 ? -errno : outcome(syscall(SYS_process_madvise, pidfd, &range, 1, 20, 0));
}
ATTEMPT(move_pages_of_other) {
    return reached(syscall(SYS_move_pages, targets->process, 0, NULL, NULL, NULL, 0), ENODEV);
}
ATTEMPT(read_limits_of_other) {
    struct rlimit limit;
    return outcome(prlimit(targets->process, RLIMIT_NOFILE, NULL, &limit));
}
ATTEMPT(set_limits_of_other) {
    struct rlimit limit;
    if (prlimit(0, RLIMIT_CORE, NULL, &limit) < 0) {
        return -errno;
    }
    limit.rlim_cur = limit.rlim_max = 0;
    return outcome(prlimit(targets->process, RLIMIT_CORE, &limit, NULL));
}
ATTEMPT(raise_own_limits) {
    struct rlimit limit;
    // Back up to the hard limit anybody may go; a worker's hard limit is 0.
    if (getrlimit(RLIMIT_CORE, &limit) < 0) {
        return -errno;
    }
    limit.rlim_cur = 4096;
    return outcome(setrlimit(RLIMIT_CORE, &limit));
}
ATTEMPT(raise_own_priority) { return outcome(setpriority(PRIO_PROCESS, 0, -1)); }
ATTEMPT(lower_priority_of_other) {
    return outcome(setpriority(PRIO_PROCESS, (id_t)targets->process, 1));
}
ATTEMPT(read_priority_of_other) {
    errno = 0;
    const int value = getpriority(PRIO_PROCESS, (id_t)targets->process);
    return value == -1 && errno != 0 ? -errno : 0;
}
ATTEMPT(pin_other) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(0, &set);
    return outcome(syscall(SYS_sched_setaffinity, targets->process, sizeof set, &set));
}
ATTEMPT(read_affinity_of_other) {
    cpu_set_t set;
    return outcome(syscall(SYS_sched_getaffinity, targets->process, sizeof set, &set));
}
ATTEMPT(schedule_other) {
    const struct sched_param parameters = {.sched_priority = 0};
    return outcome(syscall(SYS_sched_setscheduler, targets->process, SCHED_BATCH, &parameters));
}
ATTEMPT(schedule_self_realtime) {
    const struct sched_param parameters = {.sched_priority = 1};
    return outcome(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &parameters));
}
ATTEMPT(prioritise_disk_of_other) { return outcome(syscall(SYS_ioprio_set, 1, targets->process, 2 << 13 | 4)); }
ATTEMPT(read_robust_list_of_other) {
    void *head;
    size_t size;
    return outcome(syscall(SYS_get_robust_list, targets->process, &head, &size));
}
ATTEMPT(own_signals_of_other) {
    int ends[2];
    if (pipe(ends) < 0) {
        ends[0] = 3;
    }
    return outcome(fcntl(ends[0], F_SETOWN, targets->process));
}
ATTEMPT(find_group_of_other) { return outcome(getpgid(targets->process)); }
ATTEMPT(find_session_of_other) { return outcome(getsid(targets->process)); }

/// The clock of another process's processor time (clock_getcpuclockid(3)).
static clockid_t clock_of(pid_t process) { return (clockid_t)((~(unsigned)process << 3) | 2U); }

ATTEMPT(read_clock_of_other) {
    struct timespec used;
    return outcome(syscall(SYS_clock_gettime, clock_of(targets->process), &used));
}
ATTEMPT(read_clock_of_other_with_high_bits) {
    // The kernel looks at the low half only.
    struct timespec used;
    return outcome(syscall(SYS_clock_gettime, (long)(unsigned)clock_of(targets->process), &used));
}
ATTEMPT(read_clock_resolution_of_other) {
    struct timespec resolution;
    return outcome(syscall(SYS_clock_getres, clock_of(targets->process), &resolution));
}
ATTEMPT(sleep_by_clock_of_other) {
    const struct timespec past = {0, 0};
    return outcome(syscall(SYS_clock_nanosleep, clock_of(targets->process), TIMER_ABSTIME, &past, NULL));
}
ATTEMPT(lock_by_thread_number_of_other) {
    // A lock that the other process owns: the kernel looks for it, and waits until the time that has passed.
    static uint32_t word;
    word = (uint32_t)targets->process;
    const struct timespec past = {0, 0};
    return reached(syscall(SYS_futex, &word, FUTEX_LOCK_PI, 0, &past, NULL, 0), ETIMEDOUT);
}
ATTEMPT(try_lock_by_thread_number_of_other) {
    static uint32_t word;
    word = (uint32_t)targets->process;
    return reached(syscall(SYS_futex, &word, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0), EAGAIN);
}

/// A word of a page of a library file, which every process that maps the file shares: the C library's code.
static uint32_t *shared_word(void) { return (uint32_t *)((uintptr_t)&getpid & ~(uintptr_t)4095); }

ATTEMPT(wake_sharer_of_page) { return outcome(syscall(SYS_futex, shared_word(), FUTEX_WAKE, 1, NULL, NULL, 0)); }
ATTEMPT(wake_sharer_by_bits) {
    return outcome(syscall(SYS_futex, shared_word(), FUTEX_WAKE_BITSET, 1, NULL, NULL, FUTEX_BITSET_MATCH_ANY));
}
ATTEMPT(wake_sharer_by_operation) {
    static uint32_t word;
    return outcome(syscall(SYS_futex, shared_word(), FUTEX_WAKE_OP, 1, 1L, &word, FUTEX_OP(FUTEX_OP_ADD, 0, 0, 0)));
}
ATTEMPT(requeue_sharer_of_page) {
    static uint32_t word;
    return outcome(syscall(SYS_futex, shared_word(), FUTEX_REQUEUE, 1, 1L, &word, 0));
}
ATTEMPT(wake_sharer_at_thread_end) {
    // The kernel clears the word and wakes a sharer of it when the thread ends.
    return outcome(syscall(SYS_set_tid_address, shared_word()));
}
ATTEMPT(start_session) {
    const pid_t child = fork();
    if (child == 0) {
        _exit(setsid() < 0 ? 1 : 0);
    }
    if (child < 0) {
        return outcome(setsid());
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status == 0 ? 0 : -EPERM;
}

const struct attempt process_attempts[] = {
    ROW(fork_process), ROW(fork_by_bare_call),
#ifdef SYS_vfork
    ROW(vfork_process),
#endif
    ROW(fork_by_clone3), ROW(clone_into_namespace), ROW(execute_program), ROW(execute_memory), ROW(trace_other),
    ROW(be_traced), ROW(read_other_memory), ROW(write_other_memory), ROW(signal_other), ROW(signal_init),
    ROW(signal_group), ROW(signal_everybody), ROW(signal_every_guess), ROW(signal_other_thread),
    ROW(signal_other_by_thread_number), ROW(signal_other_with_high_bits), ROW(queue_signal_to_other),
    ROW(open_other_by_pidfd), ROW(take_descriptor_of_other), ROW(compare_with_other), ROW(advise_other),
    ROW(move_pages_of_other), ROW(read_limits_of_other), ROW(set_limits_of_other), ROW(raise_own_limits),
    ROW(raise_own_priority), ROW(lower_priority_of_other), ROW(read_priority_of_other), ROW(pin_other),
    ROW(read_affinity_of_other), ROW(schedule_other), ROW(schedule_self_realtime), ROW(prioritise_disk_of_other),
    ROW(read_robust_list_of_other), ROW(own_signals_of_other), ROW(find_group_of_other), ROW(find_session_of_other),
    ROW(read_clock_of_other), ROW(read_clock_of_other_with_high_bits), ROW(read_clock_resolution_of_other),
    ROW(sleep_by_clock_of_other), ROW(lock_by_thread_number_of_other), ROW(try_lock_by_thread_number_of_other),
    ROW(wake_sharer_of_page), ROW(wake_sharer_by_bits), ROW(wake_sharer_by_operation), ROW(requeue_sharer_of_page),
    ROW(wake_sharer_at_thread_end), ROW(start_session),
    {NULL, NULL},
};
