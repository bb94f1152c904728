// A library for LD_PRELOAD that makes calls of the C library fail while a program runs, as on a machine that is short of
// something. The file that FAILING_CALLS names is shared with the test: it has one row for each kind of call.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// In the order of FailingCalls.Call.
enum kind { ACCEPT, SOCKETPAIR, SENDMSG, RECVMSG, OPEN, LOG_WRITE, SOCKET_WRITE, EPOLL_CREATE, EPOLL_ADD, PIPE, THREAD, CLONE, KINDS };

struct row {
    // The errno of the calls that fail; 0 while none does.
    _Atomic int32_t error;
    // Every nth call fails, the first one included.
    _Atomic int32_t every;
    _Atomic int64_t calls;
    _Atomic int64_t failures;
};

static struct row *rows;

#define REAL(result, name, ...) static result (*real_##name)(__VA_ARGS__)
REAL(int, accept4, int, struct sockaddr *, socklen_t *, int);
REAL(int, accept, int, struct sockaddr *, socklen_t *);
REAL(int, socketpair, int, int, int, int *);
REAL(ssize_t, sendmsg, int, const struct msghdr *, int);
REAL(ssize_t, recvmsg, int, struct msghdr *, int);
REAL(int, open, const char *, int, ...);
REAL(int, openat, int, const char *, int, ...);
REAL(ssize_t, write, int, const void *, size_t);
REAL(ssize_t, writev, int, const struct iovec *, int);
REAL(int, epoll_create1, int);
REAL(int, epoll_ctl, int, int, int, struct epoll_event *);
REAL(int, pipe2, int *, int);
REAL(int, pthread_create, pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
REAL(long, syscall, long, ...);

__attribute__((constructor)) static void find_calls(void) {
#define FIND(name) real_##name = (__typeof__(real_##name))dlsym(RTLD_NEXT, #name)
    FIND(accept4);
    FIND(accept);
    FIND(socketpair);
    FIND(sendmsg);
    FIND(recvmsg);
    FIND(open);
    FIND(openat);
    FIND(write);
    FIND(writev);
    FIND(epoll_create1);
    FIND(epoll_ctl);
    FIND(pipe2);
    FIND(pthread_create);
    FIND(syscall);
    const char *path = getenv("FAILING_CALLS");
    const int file = path == NULL ? -1 : real_open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) {
        return;
    }
    void *mapped = mmap(NULL, KINDS * sizeof(struct row), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    rows = mapped == MAP_FAILED ? NULL : mapped;
}

// The constructor of another library may make a call before the constructor above has run.
#define REAL_CALL(name) (real_##name == NULL ? (find_calls(), real_##name) : real_##name)

// Whether this call is to fail. If so, errno is set.
static bool fails(enum kind kind) {
    const int32_t error = rows == NULL ? 0 : rows[kind].error;
    if (error == 0 || rows[kind].calls++ % rows[kind].every != 0) {
        return false;
    }
    rows[kind].failures += 1;
    errno = error;
    return true;
}

static bool is_socket(int descriptor) {
    struct stat status;
    return fstat(descriptor, &status) == 0 && S_ISSOCK(status.st_mode);
}

static bool write_fails(int descriptor) {
    if (rows == NULL) {
        return false;
    }
    if (descriptor == 2) {
        return fails(LOG_WRITE);
    }
    return rows[SOCKET_WRITE].error != 0 && is_socket(descriptor) && fails(SOCKET_WRITE);
}

int accept4(int listener, struct sockaddr *address, socklen_t *length, int flags) {
    return fails(ACCEPT) ? -1 : REAL_CALL(accept4)(listener, address, length, flags);
}

int accept(int listener, struct sockaddr *address, socklen_t *length) {
    return fails(ACCEPT) ? -1 : REAL_CALL(accept)(listener, address, length);
}

int socketpair(int domain, int type, int protocol, int ends[2]) {
    return fails(SOCKETPAIR) ? -1 : REAL_CALL(socketpair)(domain, type, protocol, ends);
}

ssize_t sendmsg(int socket, const struct msghdr *message, int flags) {
    return fails(SENDMSG) ? -1 : REAL_CALL(sendmsg)(socket, message, flags);
}

ssize_t recvmsg(int socket, struct msghdr *message, int flags) {
    return fails(RECVMSG) ? -1 : REAL_CALL(recvmsg)(socket, message, flags);
}

int open(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = va_arg(arguments, mode_t);
    va_end(arguments);
    return fails(OPEN) ? -1 : REAL_CALL(open)(path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = va_arg(arguments, mode_t);
    va_end(arguments);
    return fails(OPEN) ? -1 : REAL_CALL(openat)(folder, path, flags, mode);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    return write_fails(descriptor) ? -1 : REAL_CALL(write)(descriptor, bytes, count);
}

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    return write_fails(descriptor) ? -1 : REAL_CALL(writev)(descriptor, parts, count);
}

int epoll_create1(int flags) {
    return fails(EPOLL_CREATE) ? -1 : REAL_CALL(epoll_create1)(flags);
}

int epoll_ctl(int set, int operation, int descriptor, struct epoll_event *event) {
    return operation == EPOLL_CTL_ADD && fails(EPOLL_ADD) ? -1 : REAL_CALL(epoll_ctl)(set, operation, descriptor, event);
}

int pipe2(int ends[2], int flags) {
    return fails(PIPE) ? -1 : REAL_CALL(pipe2)(ends, flags);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
    return fails(THREAD) ? errno : REAL_CALL(pthread_create)(thread, attributes, body, argument);
}

// The service makes its processes by the bare call.
long syscall(long number, ...) {
    va_list list;
    va_start(list, number);
    long arguments[6];
    for (int index = 0; index < 6; index += 1) {
        arguments[index] = va_arg(list, long);
    }
    va_end(list);
    if ((number == SYS_clone || number == SYS_clone3) && fails(CLONE)) {
        return -1;
    }
    return REAL_CALL(syscall)(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}
