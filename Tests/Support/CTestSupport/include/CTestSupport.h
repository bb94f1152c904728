#ifndef CTESTSUPPORT_H
#define CTESTSUPPORT_H

#include <spawn.h>

/// posix_spawn_file_actions_addclosefrom_np(3), which is declared only with _GNU_SOURCE, so Swift does not import it.
int CTestSupport_close_from(posix_spawn_file_actions_t *actions, int first);

/// posix_spawn_file_actions_addchdir_np(3), for the same reason.
int CTestSupport_change_directory(posix_spawn_file_actions_t *actions, const char *path);

#endif
