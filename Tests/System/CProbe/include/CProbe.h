#pragma once

// Attempts on the sandbox, in machine code: Python plays no part in them. Built by the tests alone.

#include <stddef.h>
#include <stdint.h>

/// What an attempt is aimed at. All of it exists, and can be reached without a sandbox.
struct CProbe_targets {
    /// Another process: a sibling worker inside, any process of the same user outside.
    int32_t process;
    /// A file that only its owner may read.
    const char *_Nonnull secret_file;
    /// A file of the library that a worker may read.
    const char *_Nonnull library_file;
    /// A folder that anybody may write to.
    const char *_Nonnull writable_folder;
    /// Where a Unix socket listens.
    const char *_Nonnull unix_socket;
    /// An abstract Unix socket that listens, without its leading NUL.
    const char *_Nonnull abstract_socket;
    /// The key of a System V shared memory segment that anybody may read.
    int32_t segment_key;
    /// A TCP port of the loopback interface that listens.
    uint16_t tcp_port;
};

/// The number of attempts.
size_t CProbe_count(void);

/// An attempt's name.
const char *_Nonnull CProbe_name(size_t index);

/// What an attempt returns when the kernel of this machine lacks what it needs.
extern const int32_t CProbe_unavailable;

/// Listens on an abstract Unix socket; the descriptor, or a negated errno.
int32_t CProbe_listen_abstract(const char *_Nonnull name);

/// Listens on a port of the loopback interface that the kernel chooses; the descriptor, or a negated errno.
int32_t CProbe_listen_tcp(uint16_t *_Nonnull port);

/// Makes the segment that attempts look for; a negated errno, or its identifier.
int32_t CProbe_make_segment(int32_t key);

/// Removes it.
void CProbe_remove_segment(int32_t identifier);

/// Drops CAP_SYS_ADMIN alone, as container engines do.
int32_t CProbe_give_up_administration(void);

/// Makes an attempt: 0 when it reached what it was after, a negated errno when it was refused, CProbe_unavailable.
/// It may as well end the process.
int32_t CProbe_attempt(size_t index, const struct CProbe_targets *_Nonnull targets);
