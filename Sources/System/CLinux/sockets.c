#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

_Static_assert(sizeof(struct ucred) == sizeof(struct CLinux_credentials), "mirrors struct ucred");
_Static_assert(offsetof(struct ucred, pid) == offsetof(struct CLinux_credentials, pid), "mirrors struct ucred");
_Static_assert(offsetof(struct ucred, uid) == offsetof(struct CLinux_credentials, uid), "mirrors struct ucred");
_Static_assert(offsetof(struct ucred, gid) == offsetof(struct CLinux_credentials, gid), "mirrors struct ucred");

const int32_t CLinux_unix_path_maximum = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

int32_t CLinux_socket_pair(int32_t sequenced_packets, int32_t *ours, int32_t *theirs) {
    const int type = (sequenced_packets ? SOCK_SEQPACKET : SOCK_STREAM) | SOCK_CLOEXEC;
    int descriptors[2];
    if (socketpair(AF_UNIX, type, 0, descriptors) < 0) {
        return -errno;
    }
    *ours = descriptors[0];
    *theirs = descriptors[1];
    return 0;
}

int32_t CLinux_probe_epoll(int32_t descriptor) {
    const int set = epoll_create1(EPOLL_CLOEXEC);
    if (set < 0) {
        return -errno;
    }
    struct epoll_event event = {.events = EPOLLERR};
    const int32_t result = epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event) < 0 ? -errno : 0;
    close(set);
    return result;
}

int64_t CLinux_send_descriptor(int32_t socket, const void *bytes, size_t count, int32_t descriptor) {
    struct iovec vector = {(void *)bytes, count};
    union {
        char space[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } control;
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    if (descriptor >= 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.space;
        message.msg_controllen = sizeof control.space;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    }
    ssize_t sent;
    do {
        sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

int64_t CLinux_receive_descriptor(int32_t socket, void *bytes, size_t count, int32_t *descriptor) {
    *descriptor = -1;
    struct iovec vector = {bytes, count};
    // There is room for more descriptors than the expected one, so that surplus descriptors arrive and can be closed.
    union {
        char space[CMSG_SPACE(8 * sizeof(int))];
        struct cmsghdr aligned;
    } control;
    struct msghdr message;
    ssize_t got;
    do {
        memset(&message, 0, sizeof message);
        message.msg_iov = &vector;
        message.msg_iovlen = 1;
        message.msg_control = control.space;
        message.msg_controllen = sizeof control.space;
        got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return -errno;
    }
    bool surplus = false;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        const size_t received = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t index = 0; index < received; index += 1) {
            int one;
            memcpy(&one, CMSG_DATA(header) + index * sizeof(int), sizeof one);
            if (*descriptor < 0 && !surplus) {
                *descriptor = one;
            } else {
                close(one);
                surplus = true;
            }
        }
    }
    // MSG_CTRUNC without any descriptor means that the kernel could not install the descriptor (EMFILE); there is no
    // errno for this case. The message itself is complete.
    const bool lost = *descriptor < 0 && !surplus;
    if (surplus || (message.msg_flags & MSG_TRUNC) != 0 || ((message.msg_flags & MSG_CTRUNC) != 0 && !lost)) {
        if (*descriptor >= 0) {
            close(*descriptor);
            *descriptor = -1;
        }
        return -EMSGSIZE;
    }
    return got;
}

int32_t CLinux_peer_credentials(int32_t socket, struct CLinux_credentials *credentials) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) {
        return -errno;
    }
    credentials->pid = peer.pid;
    credentials->uid = peer.uid;
    credentials->gid = peer.gid;
    return 0;
}

int32_t CLinux_unix_socket(int32_t datagram) {
    const int descriptor = socket(AF_UNIX, (datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
    return descriptor < 0 ? -errno : descriptor;
}

// Fills an address and returns its length, or a negated errno. A path is stored with its NUL; an abstract name must not
// have one.
static int32_t fill_address(struct sockaddr_un *address, const char *path, size_t count) {
    if (count == 0) {
        return -EINVAL;
    }
    const bool abstract = path[0] == '\0';
    if (count > sizeof address->sun_path - (abstract ? 0 : 1)) {
        return -ENAMETOOLONG;
    }
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, count);
    return (int32_t)(offsetof(struct sockaddr_un, sun_path) + count + (abstract ? 0 : 1));
}

int32_t CLinux_unix_bind(int32_t socket, const char *path, size_t count) {
    struct sockaddr_un address;
    const int32_t size = fill_address(&address, path, count);
    if (size < 0) {
        return size;
    }
    return bind(socket, (const struct sockaddr *)&address, (socklen_t)size) < 0 ? -errno : 0;
}

int32_t CLinux_unix_connect(int32_t socket, const char *path, size_t count) {
    struct sockaddr_un address;
    const int32_t size = fill_address(&address, path, count);
    if (size < 0) {
        return size;
    }
    int result;
    do {
        result = connect(socket, (const struct sockaddr *)&address, (socklen_t)size);
    } while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : 0;
}

int32_t CLinux_unix_send_to(int32_t socket, const char *path, size_t path_count, const char *bytes, size_t count) {
    struct sockaddr_un address;
    const int32_t size = fill_address(&address, path, path_count);
    if (size < 0) {
        return size;
    }
    ssize_t sent;
    do {
        sent = sendto(socket, bytes, count, MSG_NOSIGNAL, (const struct sockaddr *)&address, (socklen_t)size);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

int32_t CLinux_is_listening_unix_stream(int32_t descriptor) {
    int value = 0;
    socklen_t size = sizeof value;
    if (getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &value, &size) < 0) {
        return errno == ENOTSOCK ? 0 : -errno;
    }
    if (value != AF_UNIX) {
        return 0;
    }
    size = sizeof value;
    if (getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &value, &size) < 0) {
        return -errno;
    }
    if (value != SOCK_STREAM) {
        return 0;
    }
    size = sizeof value;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) < 0) {
        return -errno;
    }
    return value != 0;
}
