#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1
#endif

// ---------------------------------------------------------------------------------------------------------------------
// The soft stop

const int32_t CLinux_soft_stop_exit_status = 86;

// Enough for a traceback writer; allocated once, in the fork server or the worker.
#define ALTERNATE_STACK_BYTES (128 * 1024)

static struct {
    int socket;
    uint8_t header[64];
    size_t header_count;
    CLinux_dump dump;
    void *context;
    void *alternate_stack;
    size_t spare_memory;
} soft_stop = {.socket = -1};

// Frames being written right now, and the signal whose end waits for theirs: 0 for none.
static atomic_int frames_in_flight;
static atomic_int end_is_due;

// The trace is written once, whatever else happens while it is.
static atomic_int trace_is_written;

static int write_all(const void *bytes, size_t count) {
    const char *rest = bytes;
    while (count > 0) {
        const ssize_t written = write(soft_stop.socket, rest, count);
        if (written > 0) {
            rest += written;
            count -= (size_t)written;
        } else if (written == 0 || errno != EINTR) {
            return 0;
        }
    }
    return 1;
}

// Whether so little memory is left that its lack may well be what the process dies of. What the question takes stays
// taken: there is nobody left to want it.
static int memory_is_short(void) {
    if (soft_stop.spare_memory == 0) {
        return 0;
    }
    void *spare = mmap(NULL, soft_stop.spare_memory, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return spare == MAP_FAILED && errno == ENOMEM;
}

static void write_trace(const char *blocked_call, int asks_for_memory) {
    if (soft_stop.socket < 0 || atomic_exchange(&trace_is_written, 1) != 0) {
        return;
    }
    if (!write_all(soft_stop.header, soft_stop.header_count)) {
        return;
    }
    if (blocked_call != NULL) {
        write_all("blocked: ", 9);
        write_all(blocked_call, strlen(blocked_call));
        write_all("\n", 1);
    }
    if (asks_for_memory && memory_is_short()) {
        write_all("out of memory\n", 14);
    }
    if (soft_stop.dump != NULL) {
        soft_stop.dump(soft_stop.socket, soft_stop.context);
    }
}

static void stop_now(void) {
    write_trace(NULL, 0);
    _exit(CLinux_soft_stop_exit_status);
}

// Lets the signal do what it would have done without a handler.
static void die_now(int signal) {
    struct sigaction standard;
    memset(&standard, 0, sizeof standard);
    standard.sa_handler = SIG_DFL;
    sigaction(signal, &standard, NULL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    syscall(SYS_tgkill, getpid(), (pid_t)syscall(SYS_gettid), signal);
    // A signal that is not deadly after all must not bring the caller back.
    _exit(128 + signal);
}

// For what cannot wait: says where the process was, unless that would tear a frame.
static void die_of(int signal, const char *blocked_call) {
    if (atomic_load(&frames_in_flight) == 0) {
        write_trace(blocked_call, blocked_call == NULL);
    }
    die_now(signal);
}

// The end by a signal that can wait for a frame.
static void end_by(int signal) {
    if (signal == SIGXCPU) {
        write_trace(NULL, 0);
        die_now(signal);
    }
    stop_now();
}

static void deadly_handler(int signal) {
    die_of(signal, NULL);
}

static void patient_handler(int signal) {
    const int saved = errno;
    atomic_store(&end_is_due, signal);
    // Sequentially consistent on both sides: either the writer's end sees that an end is due, or this sees no writer.
    if (atomic_load(&frames_in_flight) == 0) {
        end_by(signal);
    }
    errno = saved;
}

int32_t CLinux_soft_stop_report_death(int32_t signal, size_t spare_memory) {
    soft_stop.spare_memory = spare_memory;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    if (signal == SIGXCPU) {
        // The kernel's word that the time is used up does not come from the code: a frame can be finished first.
        action.sa_handler = patient_handler;
        action.sa_flags = SA_ONSTACK | SA_RESTART;
    } else {
        action.sa_handler = deadly_handler;
        action.sa_flags = SA_ONSTACK | SA_NODEFER | SA_RESETHAND;
    }
    return sigaction(signal, &action, NULL) < 0 ? -errno : 0;
}

int32_t CLinux_soft_stop_install(
    int32_t signal, int32_t socket, const uint8_t *header, size_t header_count, CLinux_dump dump, void *context) {
    if (header_count > sizeof soft_stop.header) {
        return -EINVAL;
    }
    if (soft_stop.alternate_stack == NULL) {
        void *stack = mmap(NULL, ALTERNATE_STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (stack == MAP_FAILED) {
            return -errno;
        }
        soft_stop.alternate_stack = stack;
    }
    const stack_t stack = {.ss_sp = soft_stop.alternate_stack, .ss_size = ALTERNATE_STACK_BYTES};
    if (sigaltstack(&stack, NULL) < 0) {
        return -errno;
    }
    soft_stop.socket = socket;
    memcpy(soft_stop.header, header, header_count);
    soft_stop.header_count = header_count;
    soft_stop.dump = dump;
    soft_stop.context = context;
    atomic_store(&end_is_due, 0);
    atomic_store(&trace_is_written, 0);
    atomic_store(&frames_in_flight, 0);

    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = patient_handler;
    action.sa_flags = SA_ONSTACK | SA_RESTART;
    if (sigaction(signal, &action, NULL) < 0) {
        return -errno;
    }
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    return sigprocmask(SIG_UNBLOCK, &set, NULL) < 0 ? -errno : 0;
}

void CLinux_frame_begin(void) {
    atomic_fetch_add(&frames_in_flight, 1);
}

void CLinux_frame_end(void) {
    if (atomic_fetch_sub(&frames_in_flight, 1) == 1) {
        const int due = atomic_load(&end_is_due);
        if (due != 0) {
            end_by(due);
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Refused system calls

static struct CLinux_refused_call refused;

// The calls that end the process, by number: their names, for its last words.
static const char *fatal_calls[1024];

static void refuse(int signal, siginfo_t *information, void *context) {
    if (information->si_code != SYS_SECCOMP) {
        return;
    }
    ucontext_t *state = context;
    refused.number = information->si_syscall;
    refused.architecture = information->si_arch;
    // The call's result goes where the kernel would have put it: the caller sees an ordinary EPERM.
#if defined(__x86_64__)
    refused.first_argument = (uint64_t)state->uc_mcontext.gregs[REG_RDI];
    state->uc_mcontext.gregs[REG_RAX] = -EPERM;
#elif defined(__aarch64__)
    refused.first_argument = state->uc_mcontext.regs[0];
    state->uc_mcontext.regs[0] = (uint64_t)-EPERM;
#else
#error "where does a system call's result go on this machine?"
#endif
    refused.count += 1;
    const size_t number = (size_t)information->si_syscall;
    if (number < sizeof fatal_calls / sizeof fatal_calls[0] && fatal_calls[number] != NULL) {
        die_of(signal, fatal_calls[number]);
    }
}

int32_t CLinux_refusals_install(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = refuse;
    // SA_NODEFER: a refused call inside another handler must not find the signal blocked, which would kill the process.
    // SA_ONSTACK: a task deep in its stack still gets its EPERM.
    action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
    return sigaction(SIGSYS, &action, NULL) < 0 ? -errno : 0;
}

int32_t CLinux_refusals_end_process(int32_t number, const char *name) {
    if (number < 0 || (size_t)number >= sizeof fatal_calls / sizeof fatal_calls[0]) {
        return -EINVAL;
    }
    if (fatal_calls[number] == NULL) {
        fatal_calls[number] = strdup(name);
    }
    return fatal_calls[number] == NULL ? -ENOMEM : 0;
}

void CLinux_refusals_read(struct CLinux_refused_call *call) {
    *call = refused;
}

void CLinux_refusals_reset(void) {
    memset(&refused, 0, sizeof refused);
}
