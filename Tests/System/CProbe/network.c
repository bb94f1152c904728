#define _GNU_SOURCE
#include "attempts.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_in loopback(uint16_t port) {
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static int32_t make_socket(int family, int type, int protocol) {
    const int descriptor = socket(family, type, protocol);
    if (descriptor < 0) {
        return errno == EAFNOSUPPORT || errno == EPROTONOSUPPORT ? UNAVAILABLE : -errno;
    }
    close(descriptor);
    return 0;
}

ATTEMPT(connect_tcp) {
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    if (descriptor < 0) {
        return -errno;
    }
    const struct sockaddr_in address = loopback(targets->tcp_port);
    return outcome(connect(descriptor, (const struct sockaddr *)&address, sizeof address));
}
ATTEMPT(send_udp) {
    const int descriptor = socket(AF_INET, SOCK_DGRAM, 0);
    if (descriptor < 0) {
        return -errno;
    }
    const struct sockaddr_in address = loopback(9);
    return outcome(sendto(descriptor, "x", 1, 0, (const struct sockaddr *)&address, sizeof address));
}
ATTEMPT(listen_on_tcp) {
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    if (descriptor < 0) {
        return -errno;
    }
    const struct sockaddr_in address = loopback(0);
    if (bind(descriptor, (const struct sockaddr *)&address, sizeof address) < 0) {
        return -errno;
    }
    return outcome(listen(descriptor, 1));
}
ATTEMPT(connect_unix) {
    const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    if (descriptor < 0) {
        return -errno;
    }
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", targets->unix_socket);
    return outcome(connect(descriptor, (const struct sockaddr *)&address, sizeof address));
}
ATTEMPT(connect_abstract) {
    const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    if (descriptor < 0) {
        return -errno;
    }
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const size_t length = strlen(targets->abstract_socket);
    memcpy(address.sun_path + 1, targets->abstract_socket, length);
    return outcome(connect(
        descriptor, (const struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length)));
}
ATTEMPT(make_socket_pair) {
    int pair[2];
    return outcome(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
}
ATTEMPT(socket_inet6) { return make_socket(AF_INET6, SOCK_STREAM, 0); }
ATTEMPT(socket_netlink) { return make_socket(AF_NETLINK, SOCK_RAW, 0); }
ATTEMPT(socket_vsock) { return make_socket(40, SOCK_STREAM, 0); }
ATTEMPT(socket_raw) { return make_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP); }
ATTEMPT(socket_packet) { return make_socket(AF_PACKET, SOCK_RAW, 0); }
ATTEMPT(socket_crypto) { return make_socket(38, SOCK_SEQPACKET, 0); }
ATTEMPT(pass_descriptor) {
    // Over its own task socket, number 3 inside: what a reader would have to take along.
    const int descriptor = 3;
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0) {
        pair[0] = descriptor;
    }
    char space[CMSG_SPACE(sizeof(int))];
    memset(space, 0, sizeof space);
    struct iovec vector = {"x", 1};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    const int own = 0;
    memcpy(CMSG_DATA(header), &own, sizeof own);
    return outcome(sendmsg(pair[0], &message, MSG_NOSIGNAL));
}
ATTEMPT(make_pipe) {
    int ends[2];
    return outcome(pipe(ends));
}
ATTEMPT(make_event_descriptor) { return outcome(eventfd(0, 0)); }
ATTEMPT(make_shared_segment) {
    const int identifier = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
    if (identifier >= 0) {
        shmctl(identifier, IPC_RMID, NULL);
    }
    return outcome(identifier);
}
ATTEMPT(find_shared_segment) { return outcome(shmget(targets->segment_key, 0, 0)); }
ATTEMPT(make_semaphore) {
    const int identifier = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
    if (identifier >= 0) {
        semctl(identifier, 0, IPC_RMID);
    }
    return outcome(identifier);
}
ATTEMPT(make_message_queue) {
    const int identifier = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
    if (identifier >= 0) {
        msgctl(identifier, IPC_RMID, NULL);
    }
    return outcome(identifier);
}
ATTEMPT(open_posix_queue) {
    // O_CREAT | O_RDWR, with default attributes.
    const long descriptor = syscall(SYS_mq_open, "terrarium-probe", 0x40 | 2, 0600, NULL);
    if (descriptor >= 0) {
        syscall(SYS_mq_unlink, "terrarium-probe");
    }
    return optional(descriptor);
}

int32_t CProbe_listen_abstract(const char *name) {
    const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const size_t length = strlen(name);
    memcpy(address.sun_path + 1, name, length);
    const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
    if (bind(descriptor, (const struct sockaddr *)&address, size) < 0 || listen(descriptor, 128) < 0) {
        return -errno;
    }
    return descriptor;
}

int32_t CProbe_listen_tcp(uint16_t *port) {
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (bind(descriptor, (const struct sockaddr *)&address, size) < 0 || listen(descriptor, 128) < 0
        || getsockname(descriptor, (struct sockaddr *)&address, &size) < 0) {
        return -errno;
    }
    *port = ntohs(address.sin_port);
    return descriptor;
}

int32_t CProbe_make_segment(int32_t key) {
    const int identifier = shmget(key, 4096, IPC_CREAT | 0644);
    return identifier < 0 ? -errno : identifier;
}

void CProbe_remove_segment(int32_t identifier) {
    shmctl(identifier, IPC_RMID, NULL);
}

const struct attempt network_attempts[] = {
    ROW(connect_tcp), ROW(send_udp), ROW(listen_on_tcp), ROW(connect_unix), ROW(connect_abstract),
    ROW(make_socket_pair), ROW(socket_inet6), ROW(socket_netlink), ROW(socket_vsock), ROW(socket_raw),
    ROW(socket_packet), ROW(socket_crypto), ROW(pass_descriptor), ROW(make_pipe), ROW(make_event_descriptor),
    ROW(make_shared_segment), ROW(find_shared_segment), ROW(make_semaphore), ROW(make_message_queue), ROW(open_posix_queue),
    {NULL, NULL},
};
