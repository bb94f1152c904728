#define _GNU_SOURCE
#include "attempts.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>

static int32_t open_reading(const char *path) {
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return -errno;
    }
    char byte;
    const ssize_t got = read(descriptor, &byte, 1);
    const int error = errno;
    close(descriptor);
    return got < 0 ? -error : 0;
}

static void scratch(const struct CProbe_targets *targets, char path[256], const char *name) {
    snprintf(path, 256, "%s/probe-%s-%d", targets->writable_folder, name, (int)getpid());
}

ATTEMPT(open_password_file) { return open_reading("/etc/passwd"); }
ATTEMPT(open_shadow_file) { return open_reading("/etc/shadow"); }
ATTEMPT(open_secret_file) { return open_reading(targets->secret_file); }
ATTEMPT(open_own_environment) { return open_reading("/proc/self/environ"); }
ATTEMPT(open_own_memory) { return outcome(open("/proc/self/mem", O_RDONLY)); }
ATTEMPT(open_own_maps) { return open_reading("/proc/self/maps"); }
ATTEMPT(open_other_command_line) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)targets->process);
    return outcome(open(path, O_RDONLY));
}
ATTEMPT(open_other_memory) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", (int)targets->process);
    return outcome(open(path, O_RDWR));
}
ATTEMPT(open_own_descriptor_again) {
    // A descriptor of one's own opened anew through /proc could be writable although it was not.
    return outcome(open("/proc/self/fd/0", O_RDWR));
}
ATTEMPT(open_kernel_interface) { return outcome(open("/sys/kernel", O_RDONLY | O_DIRECTORY)); }
ATTEMPT(open_device) { return outcome(open("/dev/urandom", O_RDONLY)); }
ATTEMPT(list_home_folders) { return outcome(open("/home", O_RDONLY | O_DIRECTORY)); }
ATTEMPT(list_run_folder) { return outcome(open("/run", O_RDONLY | O_DIRECTORY)); }
ATTEMPT(climb_out_by_dots) { return open_reading("/../../../../../../etc/passwd"); }
ATTEMPT(climb_out_by_descriptor) {
    const int root = open("/", O_PATH | O_DIRECTORY);
    if (root < 0) {
        return -errno;
    }
    return outcome(openat(root, "../../../etc/passwd", O_RDONLY));
}
ATTEMPT(create_in_temporary_folder) {
    char path[256];
    scratch(targets, path, "create");
    const int descriptor = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (descriptor >= 0) {
        close(descriptor);
        unlink(path);
    }
    return outcome(descriptor);
}
ATTEMPT(open_file_of_sibling) {
    char path[256];
    snprintf(path, sizeof path, "%s/of-sibling", targets->writable_folder);
    return open_reading(path);
}
ATTEMPT(map_own_file_executable) {
    char path[256];
    scratch(targets, path, "code");
    const int descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0700);
    if (descriptor < 0) {
        return -errno;
    }
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, descriptor, 0);
    const int32_t result = memory == MAP_FAILED ? -errno : 0;
    close(descriptor);
    unlink(path);
    return result;
}
ATTEMPT(create_unnamed_file) { return outcome(open(targets->writable_folder, O_TMPFILE | O_RDWR, 0600)); }
ATTEMPT(create_in_root) {
    const int descriptor = open("/probe-file", O_CREAT | O_WRONLY, 0600);
    if (descriptor >= 0) {
        close(descriptor);
        unlink("/probe-file");
    }
    return outcome(descriptor);
}
ATTEMPT(create_shared_memory_file) {
    const int descriptor = open("/dev/shm/terrarium-probe", O_CREAT | O_RDWR, 0600);
    if (descriptor >= 0) {
        close(descriptor);
        unlink("/dev/shm/terrarium-probe");
    }
    return outcome(descriptor);
}
ATTEMPT(open_library_for_writing) { return outcome(open(targets->library_file, O_RDWR)); }
ATTEMPT(open_library_by_openat2) {
    struct open_how how;
    memset(&how, 0, sizeof how);
    how.flags = O_RDWR;
    return optional(syscall(SYS_openat2, AT_FDCWD, targets->library_file, &how, sizeof how));
}
ATTEMPT(truncate_library) {
    struct stat information;
    if (stat(targets->library_file, &information) < 0) {
        return -errno;
    }
    return outcome(truncate(targets->library_file, information.st_size));
}
ATTEMPT(change_library_mode) {
    struct stat information;
    if (stat(targets->library_file, &information) < 0) {
        return -errno;
    }
    return outcome(chmod(targets->library_file, information.st_mode & 07777));
}
ATTEMPT(change_library_owner) { return outcome(chown(targets->library_file, -1, -1)); }
ATTEMPT(change_library_times) { return outcome(utimensat(AT_FDCWD, targets->library_file, NULL, 0)); }
ATTEMPT(set_library_attribute) {
    const long result = setxattr(targets->library_file, "user.terrarium", "x", 1, 0);
    if (result == 0) {
        removexattr(targets->library_file, "user.terrarium");
    }
    return result < 0 && errno == EOPNOTSUPP ? UNAVAILABLE : outcome(result);
}
ATTEMPT(rename_beside_library) {
    char path[256];
    snprintf(path, sizeof path, "%s.renamed", targets->library_file);
    const long result = rename(targets->library_file, path);
    if (result == 0) {
        rename(path, targets->library_file);
    }
    return outcome(result);
}
ATTEMPT(link_beside_library) {
    char path[256];
    snprintf(path, sizeof path, "%s.linked", targets->library_file);
    const long result = link(targets->library_file, path);
    if (result == 0) {
        unlink(path);
    }
    return outcome(result);
}
ATTEMPT(symlink_beside_library) {
    char path[256];
    snprintf(path, sizeof path, "%s.symlinked", targets->library_file);
    const long result = symlink("/etc/passwd", path);
    if (result == 0) {
        unlink(path);
    }
    return outcome(result);
}
ATTEMPT(make_folder) {
    char path[256];
    scratch(targets, path, "folder");
    const long result = mkdir(path, 0700);
    if (result == 0) {
        rmdir(path);
    }
    return outcome(result);
}
ATTEMPT(make_device) {
    char path[256];
    scratch(targets, path, "device");
    // The memory device: nothing opens it here.
    const long result = mknod(path, S_IFCHR | 0600, (dev_t)(1 << 8 | 1));
    if (result == 0) {
        unlink(path);
    }
    return outcome(result);
}
ATTEMPT(make_fifo) {
    char path[256];
    scratch(targets, path, "fifo");
    const long result = mkfifo(path, 0600);
    if (result == 0) {
        unlink(path);
    }
    return outcome(result);
}
ATTEMPT(get_file_handle) {
    struct {
        struct file_handle handle;
        char room[128];
    } buffer;
    memset(&buffer, 0, sizeof buffer);
    buffer.handle.handle_bytes = sizeof buffer.room;
    int mount;
    const long result = syscall(SYS_name_to_handle_at, AT_FDCWD, "/", &buffer.handle, &mount, 0);
    return result < 0 && errno == EOPNOTSUPP ? UNAVAILABLE : outcome(result);
}
ATTEMPT(open_by_handle) {
    struct {
        struct file_handle handle;
        char room[8];
    } buffer;
    memset(&buffer, 0, sizeof buffer);
    buffer.handle.handle_bytes = sizeof buffer.room;
    buffer.handle.handle_type = 1;
    const int root = open("/", O_RDONLY | O_DIRECTORY);
    const long result = syscall(SYS_open_by_handle_at, root, &buffer.handle, O_RDONLY);
    // The right to open by handle is checked before the handle is.
    return result >= 0 || (errno != EPERM && errno != ENOSYS) ? 0 : -errno;
}
ATTEMPT(lock_library) {
    const int descriptor = open(targets->library_file, O_RDONLY);
    return descriptor < 0 ? -errno : outcome(flock(descriptor, LOCK_EX | LOCK_NB));
}
ATTEMPT(drop_library_from_cache) {
    const int descriptor = open(targets->library_file, O_RDONLY);
    // The answer is an error number, not -1 (posix_fadvise(3)).
    return descriptor < 0 ? -errno : -posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
}
ATTEMPT(lock_library_range) {
    const int descriptor = open(targets->library_file, O_RDONLY);
    struct flock range = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    return descriptor < 0 ? -errno : outcome(fcntl(descriptor, F_SETLK, &range));
}
ATTEMPT(lease_library) {
    const int descriptor = open(targets->library_file, O_RDONLY);
    return descriptor < 0 ? -errno : outcome(fcntl(descriptor, F_SETLEASE, F_RDLCK));
}
ATTEMPT(watch_library) {
    const int watcher = inotify_init1(IN_CLOEXEC);
    return watcher < 0 ? -errno : outcome(inotify_add_watch(watcher, targets->library_file, IN_OPEN));
}
ATTEMPT(watch_everything) { return optional(syscall(SYS_fanotify_init, 0, O_RDONLY)); }
ATTEMPT(type_into_terminal) {
    const int terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY);
    return terminal < 0 ? -errno : outcome(ioctl(terminal, TIOCSTI, "x"));
}
ATTEMPT(write_to_inherited_descriptors) {
    // Anything above the task socket that takes a byte was inherited.
    for (int descriptor = 4; descriptor < 1024; descriptor += 1) {
        if (fcntl(descriptor, F_GETFD) >= 0) {
            return 0;
        }
    }
    return -EBADF;
}

const struct attempt file_attempts[] = {
    ROW(open_password_file), ROW(open_shadow_file), ROW(open_secret_file), ROW(open_own_environment),
    ROW(open_own_memory), ROW(open_own_maps), ROW(open_other_command_line), ROW(open_other_memory),
    ROW(open_own_descriptor_again), ROW(open_kernel_interface), ROW(open_device), ROW(list_home_folders),
    ROW(list_run_folder), ROW(climb_out_by_dots), ROW(climb_out_by_descriptor), ROW(create_in_temporary_folder),
    ROW(open_file_of_sibling), ROW(map_own_file_executable),
    ROW(create_unnamed_file), ROW(create_in_root), ROW(create_shared_memory_file), ROW(open_library_for_writing),
    ROW(open_library_by_openat2), ROW(truncate_library), ROW(change_library_mode), ROW(change_library_owner),
    ROW(change_library_times), ROW(set_library_attribute), ROW(rename_beside_library), ROW(link_beside_library),
    ROW(symlink_beside_library), ROW(make_folder), ROW(make_device), ROW(make_fifo), ROW(get_file_handle),
    ROW(open_by_handle), ROW(lock_library), ROW(drop_library_from_cache), ROW(lock_library_range), ROW(lease_library), ROW(watch_library),
    ROW(watch_everything), ROW(type_into_terminal), ROW(write_to_inherited_descriptors),
    {NULL, NULL},
};
