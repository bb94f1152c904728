#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define CAPACITY (32 * 1024)

const size_t CLinux_buffer_capacity = CAPACITY;

// A thread takes the lock while it changes the buffer or writes to the socket. Signal handlers only try to take it,
// because the thread that they interrupt may hold it.
static atomic_int lock;

// Changed only with the lock held.
static struct {
    size_t count;
    // The descriptor that the timer's handler writes to.
    int descriptor;
    // The kernel's id of the timer; -1 if there is no timer.
    int timer;
    // Whether the timer is armed.
    int is_ticking;
    int64_t interval;
    uint8_t bytes[CAPACITY];
} buffer = {.timer = -1};

int32_t CLinux_frame_try_lock(void) {
    int expected = 0;
    return atomic_compare_exchange_strong(&lock, &expected, 1);
}

void CLinux_frame_lock(void) {
    // The lock's holder is a handler on another thread. It writes without blocking and then releases the lock, or ends
    // the process.
    while (!CLinux_frame_try_lock()) {
        sched_yield();
    }
}

void CLinux_frame_unlock(void) {
    atomic_store(&lock, 0);
    // This is checked after the release: a stop signal that arrived while the lock was taken has left the stop to this
    // thread.
    CLinux_soft_stop_if_due();
}

size_t CLinux_buffer_count(void) {
    return buffer.count;
}

int32_t CLinux_buffer_append(const uint8_t *bytes, size_t count) {
    if (count > CAPACITY - buffer.count) {
        return -ENOBUFS;
    }
    memcpy(buffer.bytes + buffer.count, bytes, count);
    buffer.count += count;
    return 0;
}

int32_t CLinux_buffer_replace(size_t offset, const uint8_t *bytes, size_t count) {
    if (offset > buffer.count || count > buffer.count - offset) {
        return -EINVAL;
    }
    memcpy(buffer.bytes + offset, bytes, count);
    return 0;
}

int32_t CLinux_buffer_flush(int32_t descriptor) {
    const uint8_t *rest = buffer.bytes;
    size_t left = buffer.count;
    // The buffer is emptied even if the write fails: the socket has only one reader, and after a failure it is gone.
    buffer.count = 0;
    while (left > 0) {
        const ssize_t written = write(descriptor, rest, left);
        if (written > 0) {
            rest += written;
            left -= (size_t)written;
        } else if (written == 0 || errno != EINTR) {
            return written == 0 ? -EPIPE : -errno;
        }
    }
    return 0;
}

// Arms the timer, or disarms it if `interval` is 0. The call is a bare system call, because `buffer.timer` is the
// kernel's id and not a timer_t of the C library.
static int set_timer(int64_t interval) {
    const struct timespec time = {.tv_sec = interval / 1000000000, .tv_nsec = interval % 1000000000};
    const struct itimerspec setting = {.it_interval = time, .it_value = time};
    return syscall(SYS_timer_settime, buffer.timer, 0, &setting, NULL) == 0;
}

int32_t CLinux_buffer_keeps(void) {
    if (buffer.is_ticking) {
        return 1;
    }
    buffer.is_ticking = buffer.timer >= 0 && set_timer(buffer.interval);
    return 0;
}

static void tick(int signal) {
    (void)signal;
    const int saved = errno;
    // If the lock is taken, the buffer is in use or a write is blocked; the next tick tries again.
    if (CLinux_frame_try_lock()) {
        if (buffer.count == 0) {
            set_timer(0);
            buffer.is_ticking = 0;
        } else {
            // POLLOUT means that most of the socket's buffer is free (unix(7)), more than the bytes here need. So the
            // write does not block while another thread waits for the lock.
            struct pollfd socket = {.fd = buffer.descriptor, .events = POLLOUT};
            if (poll(&socket, 1, 0) == 1) {
                CLinux_buffer_flush(buffer.descriptor);
            }
        }
        CLinux_frame_unlock();
    }
    errno = saved;
}

int32_t CLinux_buffer_start(int32_t descriptor, int64_t interval) {
    const int number = SIGRTMIN;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = tick;
    action.sa_flags = SA_ONSTACK | SA_RESTART;
    if (sigaction(number, &action, NULL) < 0) {
        return -errno;
    }
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    const int32_t error = -pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    if (error < 0) {
        return error;
    }
    // The signals go to this thread, which has the alternate stack for handlers. Threads of libraries are not
    // interrupted.
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = number;
    event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
    int timer = -1;
    if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer) < 0) {
        return -errno;
    }
    buffer.descriptor = descriptor;
    buffer.interval = interval;
    buffer.timer = timer;
    return 0;
}
