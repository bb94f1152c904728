import Glibc
import Linux
import Settings

/// Advice for a user who may not connect to a socket because of the mode of the socket or of a folder above it.
enum SocketPermission {
    /// The advice, by the owner, group and mode of the socket.
    static func advice(_ path: String) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else {
            return "a folder on the way to it is closed to you, so it is another user's service"
        }
        let user = Self.userName(geteuid())
        guard status.st_mode & S_IWGRP != 0 else {
            return "its owner, \(Self.userName(status.st_uid)), lets no group in (mode \(Self.octal(status.st_mode)))"
        }
        // Joining root's group would give far more rights than submitting tasks.
        guard status.st_gid != 0 else {
            return path == SocketLocation.system.path
                ? "it belongs to root's group, because \(SocketLocation.submitterGroup) was missing when the service started"
                : "it belongs to root's group (mode \(Self.octal(status.st_mode)))"
        }
        let group = Self.groupName(status.st_gid)
        return "join the group \(group) (sudo usermod -aG \(group) \(user)), then log in again"
    }

    /// The name of a user; the user id if the name cannot be found.
    private static func userName(_ uid: uid_t) -> String {
        (try? AccountDatabase.userName(uid)) ?? "\(uid)"
    }

    /// The name of a group; the group id if the name cannot be found.
    private static func groupName(_ gid: gid_t) -> String {
        (try? AccountDatabase.groupName(gid)) ?? "\(gid)"
    }

    private static func octal(_ mode: mode_t) -> String {
        let digits = String(mode & 0o7777, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
