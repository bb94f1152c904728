#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FILTER_MAXIMUM 256

const int32_t CLinux_worker_filter_maximum = FILTER_MAXIMUM;

_Static_assert(sizeof(struct rlimit) == 2 * sizeof(uint64_t), "prlimit64 takes two 64-bit numbers");
_Static_assert(sizeof(struct sock_filter) == sizeof(uint64_t), "eight-byte instructions");

// All steps are bare system calls: they touch one page of the C library instead of one for each wrapper.

static int32_t outcome(long result) {
    return result < 0 ? -errno : 0;
}

int32_t CLinux_confine_worker(
    const struct CLinux_worker_plan *plan, int32_t task_socket, int32_t *step, int32_t *limit) {
    int32_t error;

    // The folder comes before step 1, because entering it changes credentials, which clears the parent death signal.
    if (plan->folders_socket >= 0) {
        *step = CLinux_worker_step_folder;
        if ((error = CLinux_folders_enter(plan->folders_socket, plan->folders_user_namespace)) < 0) {
            return error;
        }
    }

    // 1. This process gets SIGKILL when the fork server ends; the getppid(2) below detects that it has ended already.
    // SIGCHLD, which the fork server blocks for its signalfd, is unblocked.
    *step = CLinux_worker_step_parent_death;
    const uint64_t child_signal = 1ULL << (SIGCHLD - 1);
    if ((error = outcome(syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))) < 0
        || (error = outcome(syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &child_signal, NULL, sizeof child_signal))) < 0) {
        return error;
    }
    if (syscall(SYS_getppid) != plan->server_pid) {
        return -ESRCH;
    }

    // 2. The task socket becomes descriptor 3, which closes the fork server's control socket.
    *step = CLinux_worker_step_descriptors;
    if (task_socket != 3 && (error = outcome(syscall(SYS_dup3, task_socket, 3, 0))) < 0) {
        return error;
    }

    // 3. The worker enters a landlock domain of its own, while the descriptor of the ruleset is still open.
    if (plan->landlock_ruleset >= 0) {
        *step = CLinux_worker_step_landlock;
        if ((error = outcome(syscall(SYS_landlock_restrict_self, plan->landlock_ruleset, 0))) < 0) {
            return error;
        }
    }
    *step = CLinux_worker_step_descriptors;
    if ((error = CLinux_close_range(4, ~0U)) < 0) {
        return error;
    }

    // 4. The limits come after the descriptors, whose numbers may be above the new limit on descriptors.
    *step = CLinux_worker_step_limits;
    for (size_t index = 0; index < plan->limit_count; index += 1) {
        const uint64_t values[2] = {plan->limits[index].soft, plan->limits[index].hard};
        *limit = (int32_t)index;
        if ((error = outcome(syscall(SYS_prlimit64, 0, plan->limits[index].resource, values, NULL))) < 0) {
            return error;
        }
    }

    // 5. The seccomp filter comes last, because it refuses all steps above.
    *step = CLinux_worker_step_seccomp;
    uint64_t filter[FILTER_MAXIMUM];
    if (plan->filter_count > FILTER_MAXIMUM) {
        return -E2BIG;
    }
    memcpy(filter, plan->filter, plan->filter_count * sizeof filter[0]);
    const uint64_t own = (uint64_t)(uint32_t)syscall(SYS_getpid) << 32;
    for (size_t index = 0; index < plan->self_count; index += 1) {
        uint64_t *instruction = &filter[plan->self_positions[index]];
        *instruction = (*instruction & 0xffffffffULL) | own;
    }
    const struct sock_fprog program = {.len = plan->filter_count, .filter = (struct sock_filter *)filter};
    if ((error = outcome(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))) < 0) {
        return error;
    }

    // Standard error is replaced last, so that the failure of an earlier step can be logged; the filter allows this
    // call.
    *step = CLinux_worker_step_descriptors;
    if ((error = outcome(syscall(SYS_dup3, 0, 2, 0))) < 0) {
        return error;
    }
    CLinux_refusals_reset();
    return 0;
}
