#define _GNU_SOURCE
#include "attempts.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

// More than the tests' limit allows, and little enough for any machine when there is none.
#define TOO_MUCH ((size_t)96 << 20)
#define PIECE ((size_t)1 << 20)

static int32_t map(size_t size, int protection, int flags) {
    char *memory = mmap(NULL, size, protection, flags, -1, 0);
    if (memory == MAP_FAILED) {
        return -errno;
    }
    for (size_t offset = 0; offset < size && (protection & PROT_WRITE); offset += 4096) {
        memory[offset] = 1;
    }
    munmap(memory, size);
    return 0;
}

ATTEMPT(map_too_much) { return map(TOO_MUCH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS); }
ATTEMPT(map_too_much_in_pieces) {
    for (size_t done = 0; done < TOO_MUCH; done += PIECE) {
        char *memory = mmap(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) {
            return -errno;
        }
        memset(memory, 1, PIECE);
    }
    return 0;
}
ATTEMPT(grow_break_too_much) {
    void *before = sbrk(0);
    void *result = sbrk((intptr_t)TOO_MUCH);
    if (result == (void *)-1) {
        return -errno;
    }
    (void)before;
    sbrk(-(intptr_t)TOO_MUCH);
    return 0;
}
ATTEMPT(make_writable_later) {
    // Reserved without counting, then made writable.
    char *memory = mmap(NULL, TOO_MUCH, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        return -errno;
    }
    const long result = mprotect(memory, TOO_MUCH, PROT_READ | PROT_WRITE);
    const int32_t answer = outcome(result);
    munmap(memory, TOO_MUCH);
    return answer;
}
ATTEMPT(map_shared_memory) { return map(PIECE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS); }
ATTEMPT(map_growing_down) { return map(PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN); }
ATTEMPT(map_huge_pages) {
    const int32_t result = map((size_t)2 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE);
    // Outside a machine may have no pool of them.
    return result == -ENOMEM || result == -EINVAL ? UNAVAILABLE : result;
}
ATTEMPT(make_memory_file) { return outcome(syscall(SYS_memfd_create, "probe", 0U)); }
ATTEMPT(make_secret_memory) {
    const long result = syscall(447, 0);
    return optional(result);
}
ATTEMPT(lock_memory) {
    char *memory = mmap(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? -errno : outcome(mlock(memory, PIECE));
}
ATTEMPT(set_timer) {
    timer_t timer;
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_NONE;
    return outcome(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer));
}
ATTEMPT(open_too_many_descriptors) {
    int last = -1;
    for (int count = 0; count < 200; count += 1) {
        const int descriptor = dup(0);
        if (descriptor < 0) {
            last = errno;
            break;
        }
        last = 0;
    }
    for (int descriptor = 8; descriptor < 300; descriptor += 1) {
        close(descriptor);
    }
    return -last;
}
static void *wait_forever(void *argument) {
    for (;;) {
        pause();
    }
    return argument;
}
ATTEMPT(start_too_many_threads) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 65536);
    for (int count = 0; count < 400; count += 1) {
        pthread_t thread;
        const int error = pthread_create(&thread, &attributes, wait_forever, NULL);
        if (error != 0) {
            return -error;
        }
    }
    return 0;
}

ATTEMPT(use_too_much_processor_time) {
    // The tests' limit is one second.
    struct timespec used;
    do {
        for (volatile int count = 0; count < 10000000; count += 1) {
        }
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    } while (used.tv_sec < 2);
    return 0;
}
ATTEMPT(write_large_file) {
    // Files may not grow at all; only a file that was opened by others could be there to grow.
    char path[256];
    snprintf(path, sizeof path, "%s/probe-large-%d", targets->writable_folder, (int)getpid());
    signal(SIGXFSZ, SIG_IGN);
    const int descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return -errno;
    }
    const long result = write(descriptor, "x", 1);
    const int32_t answer = outcome(result);
    unlink(path);
    close(descriptor);
    return answer;
}

const struct attempt memory_attempts[] = {
    ROW(map_too_much), ROW(map_too_much_in_pieces), ROW(grow_break_too_much), ROW(make_writable_later),
    ROW(map_shared_memory), ROW(map_growing_down), ROW(map_huge_pages),
    ROW(make_memory_file), ROW(make_secret_memory), ROW(lock_memory), ROW(set_timer),
    ROW(use_too_much_processor_time), ROW(write_large_file), ROW(open_too_many_descriptors), ROW(start_too_many_threads),
    {NULL, NULL},
};
