#define _GNU_SOURCE
#include "attempts.h"

#include <string.h>

const int32_t CProbe_unavailable = UNAVAILABLE;

static const struct attempt *const families[] = {
    file_attempts, network_attempts, process_attempts, privilege_attempts, memory_attempts,
};

static const struct attempt *find(size_t index) {
    for (size_t family = 0; family < sizeof families / sizeof families[0]; family += 1) {
        for (const struct attempt *attempt = families[family]; attempt->name != NULL; attempt += 1) {
            if (index == 0) {
                return attempt;
            }
            index -= 1;
        }
    }
    return NULL;
}

size_t CProbe_count(void) {
    size_t count = 0;
    while (find(count) != NULL) {
        count += 1;
    }
    return count;
}

const char *CProbe_name(size_t index) {
    return find(index)->name;
}

int32_t CProbe_attempt(size_t index, const struct CProbe_targets *targets) {
    return find(index)->make(targets);
}
