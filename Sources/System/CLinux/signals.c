#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
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
// The broker's signals

// The write end of the pipe that the handler writes to. It is set once, before the handler is installed.
static int watched_signals = -1;

static void note_signal(int signal) {
    const int saved = errno;
    const uint8_t number = (uint8_t)signal;
    // If the pipe is full, the signal is dropped: thousands of unread signals are already in the pipe.
    const ssize_t written = write(watched_signals, &number, 1);
    (void)written;
    errno = saved;
}

int32_t CLinux_watch_signals(const int32_t *signals, size_t count) {
    if (watched_signals >= 0) {
        return -EBUSY;
    }
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) {
        return -errno;
    }
    // Only the write end is non-blocking: the reader may block, the handler must not.
    if (fcntl(ends[1], F_SETFL, O_NONBLOCK) < 0) {
        const int32_t error = -errno;
        close(ends[0]);
        close(ends[1]);
        return error;
    }
    watched_signals = ends[1];
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = note_signal;
    action.sa_flags = SA_RESTART;
    for (size_t index = 0; index < count; index += 1) {
        if (sigaction(signals[index], &action, NULL) < 0) {
            return -errno;
        }
    }
    return ends[0];
}

int32_t CLinux_unblock_signals(const int32_t *signals, size_t count) {
    sigset_t set;
    sigemptyset(&set);
    for (size_t index = 0; index < count; index += 1) {
        sigaddset(&set, signals[index]);
    }
    return -pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

// ---------------------------------------------------------------------------------------------------------------------
// The soft stop

const int32_t CLinux_soft_stop_exit_status = 86;

// The size suffices for a function that writes a traceback. The stack is allocated once, in the fork server or the
// worker.
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

// The signal of a stop that arrived while the lock on frames was taken; 0 for none.
static atomic_int end_is_due;

// Set by the first call that writes the trace, so that a crash during the writing does not start another trace.
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

// Whether so little memory is left that the lack of memory is the likely cause of the crash. The mapping is not removed,
// because the process ends.
static int memory_is_short(void) {
    if (soft_stop.spare_memory == 0) {
        return 0;
    }
    void *spare = mmap(NULL, soft_stop.spare_memory, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return spare == MAP_FAILED && errno == ENOMEM;
}

// Writes the trace. Must be called with the lock on frames held.
static void write_trace(const char *blocked_call, int asks_for_memory) {
    if (soft_stop.socket < 0 || atomic_exchange(&trace_is_written, 1) != 0) {
        return;
    }
    // Earlier prints are written before the trace.
    if (CLinux_buffer_flush(soft_stop.socket) < 0) {
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

// Ends the process by the signal's default action.
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
    // Reached only if the signal's default action does not end the process.
    _exit(128 + signal);
}

// Ends the process by a signal whose handling cannot be delayed. The trace is written first, unless a frame is being
// written, which the trace would split. The lock is not released, because the process ends.
static void die_of(int signal, const char *blocked_call) {
    if (CLinux_frame_try_lock()) {
        write_trace(blocked_call, blocked_call == NULL);
    }
    die_now(signal);
}

// Ends the process by a signal whose handling can wait until a frame is complete. Must be called with the lock on frames
// held, which is not released.
static void end_by(int signal) {
    if (signal == SIGXCPU) {
        write_trace(NULL, 0);
        die_now(signal);
    }
    stop_now();
}

void CLinux_soft_stop_if_due(void) {
    const int due = atomic_load(&end_is_due);
    if (due != 0 && CLinux_frame_try_lock()) {
        end_by(due);
    }
}

static void deadly_handler(int signal) {
    die_of(signal, NULL);
}

static void patient_handler(int signal) {
    const int saved = errno;
    // The variable is set before the lock is tried, because the thread that holds the lock reads the variable after
    // releasing it.
    atomic_store(&end_is_due, signal);
    CLinux_soft_stop_if_due();
    errno = saved;
}

int32_t CLinux_soft_stop_report_death(int32_t signal, size_t spare_memory) {
    soft_stop.spare_memory = spare_memory;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    if (signal == SIGXCPU) {
        // The kernel sends SIGXCPU at any point of the code, so a frame that is being written can be completed first.
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

// ---------------------------------------------------------------------------------------------------------------------
// Refused system calls

static struct CLinux_refused_call refused;

// The names of the system calls that a process must not attempt: the process is ended when it attempts one. A name's
// index is the number of its call. The handler writes the name before the stack trace.
static const char *fatal_calls[1024];

static void refuse(int signal, siginfo_t *information, void *context) {
    if (information->si_code != SYS_SECCOMP) {
        return;
    }
    ucontext_t *state = context;
    refused.number = information->si_syscall;
    refused.architecture = information->si_arch;
    // -EPERM is stored in the register of the call's result, so the caller sees an ordinary EPERM.
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
    // SA_NODEFER: if a call is refused while SIGSYS is blocked, the kernel kills the process. So SIGSYS stays unblocked for
    // refused calls of the handler itself.
    // SA_ONSTACK: the handler also works when the task's stack is almost used up.
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
