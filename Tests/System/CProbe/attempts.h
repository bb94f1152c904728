#pragma once
#include "CProbe.h"

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#define UNAVAILABLE 1000

struct attempt {
    const char *name;
    int32_t (*make)(const struct CProbe_targets *targets);
};

extern const struct attempt file_attempts[];
extern const struct attempt network_attempts[];
extern const struct attempt process_attempts[];
extern const struct attempt privilege_attempts[];
extern const struct attempt memory_attempts[];

/// A call that is after its own success.
static inline int32_t outcome(long result) {
    return result < 0 ? -errno : 0;
}

/// A call whose success would do harm, or needs something that is not here: it is made with arguments that are wrong,
/// and counts as having got through when the kernel complains about those.
static inline int32_t reached(long result, int complaint) {
    return result >= 0 || errno == complaint ? 0 : -errno;
}

/// A call that this kernel may not have: without a sandbox, ENOSYS tells.
static inline int32_t optional(long result) {
    return result < 0 && errno == ENOSYS ? UNAVAILABLE : outcome(result);
}

#define ATTEMPT(name) static int32_t name(const struct CProbe_targets *targets __attribute__((unused)))
#define ROW(name) {#name, name}
