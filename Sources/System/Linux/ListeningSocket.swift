internal import CLinux
internal import Glibc

/// The reason why a listening socket could not be made.
public enum ListenError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path is longer than the limit on paths of Unix sockets.
    case pathTooLong(path: String, bytes: Int, maximum: Int)
    case parentFolderMissing(path: String)
    /// A running service listens on the path. Its credentials are those at the time of listen(2); nil when the kernel
    /// does not report them.
    case inUse(path: String, holder: PeerCredentials?)
    /// The file at the path is not a socket; it was not changed.
    case notASocket(path: String)
    case failed(path: String, SystemError)
    /// A descriptor from the service manager is not a listening Unix stream socket.
    case inheritedUnusable(descriptor: CInt)
    case inheritedFailed(SystemError)

    public var description: String {
        switch self {
        case .pathTooLong(let path, let bytes, let maximum):
            "the socket path has \(bytes) bytes, more than the \(maximum) that a Unix socket's may have: \(path)"
        case .parentFolderMissing(let path):
            "the folder of the socket path does not exist: \(path)"
        case .inUse(let path, .some(let holder)):
            "\(path) is in use by process \(holder.pid) of user \(holder.uid)"
        case .inUse(let path, .none):
            "\(path) is in use by another service"
        case .notASocket(let path):
            "\(path) exists and is not a socket; it was not changed"
        case .failed(let path, let error):
            "cannot listen on \(path): \(error)"
        case .inheritedUnusable(let descriptor):
            "descriptor \(descriptor), handed over by the service manager, is not a listening Unix stream socket"
        case .inheritedFailed(let error):
            "cannot use the sockets of the service manager: \(error)"
        }
    }
}

/// Listening Unix stream sockets: bound by this process, or passed by a service manager.
public enum ListeningSocket {
    /// Binds a path and listens on it. The socket file's mode is never wider than `mode`, not even briefly.
    ///
    /// A socket file without a listener is replaced. A path on which a service listens, or that is not a socket, is an
    /// error.
    ///
    /// - Parameters:
    ///   - path: The path; its folder must exist.
    ///   - mode: The permission bits of the socket file. Connecting needs write permission.
    ///   - group: The group of the socket file; nil for this process's own.
    ///   - backlog: How many connections may wait to be accepted.
    /// - Returns: A blocking, close-on-exec descriptor. Closing it leaves the file in place.
    /// - Throws: `ListenError`.
    public static func bind(
        path: String,
        mode: UInt32,
        group: UInt32? = nil,
        backlog: Int32 = 128
    ) throws(ListenError) -> OwnedDescriptor {
        let maximum = Int(CLinux_unix_path_maximum)
        guard path.utf8.count <= maximum else {
            throw .pathTooLong(path: path, bytes: path.utf8.count, maximum: maximum)
        }
        guard !path.isEmpty, !path.utf8.contains(0) else { throw .failed(path: path, SystemError("bind", EINVAL)) }
        let parent = Self.parentFolder(of: path)
        let folder = unsafe open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else {
            let code = errno
            if code == ENOENT || code == ENOTDIR { throw .parentFolderMissing(path: path) }
            throw .failed(path: path, SystemError("open", code))
        }
        let lock = OwnedDescriptor(owning: folder)
        Self.lockFolder(lock)

        let socket = try Self.attempt(path) { () throws(SystemError) in
            OwnedDescriptor(owning: try checked("socket", CLinux_unix_socket(0)))
        }
        try Self.attempt(path) { () throws(SystemError) in
            // bind(2) gives the socket file the mode of this descriptor, minus the umask, so the file's mode is never
            // wider than asked for.
            _ = try retrying("fchmod") { fchmod(socket.rawValue, mode_t(mode)) }
        }
        try Self.bindReplacingLeftover(socket.rawValue, path)
        try Self.attempt(path) { () throws(SystemError) in
            if let group {
                try retrying("chown") { unsafe chown(path, uid_t.max, group) }
            }
            // Adds the permission bits that the umask removed.
            try retrying("chmod") { unsafe chmod(path, mode_t(mode)) }
            _ = try retrying("listen") { listen(socket.rawValue, backlog) }
        }
        // Closing the descriptor releases the lock. Without this call, Swift could close it after its last use above.
        withExtendedLifetime(lock) {}
        return socket
    }

    /// The descriptors that a service manager passed (sd_listen_fds(3)), made close-on-exec; empty when there are none.
    ///
    /// The caller owns them. The environment variables that list them are removed, so that no child process uses them.
    ///
    /// - Throws: `ListenError` if one of them is not a listening Unix stream socket.
    public static func inherited() throws(ListenError) -> [CInt] {
        defer {
            for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { CurrentProcess.removeEnvironmentValue(name) }
        }
        guard CurrentProcess.environmentValue("LISTEN_PID").flatMap({ Int32($0) }) == CurrentProcess.pid,
            let count = CurrentProcess.environmentValue("LISTEN_FDS").flatMap({ Int32($0) }), count > 0
        else { return [] }
        // 3 is SD_LISTEN_FDS_START. The count comes from the environment and is limited to 1024; a number that is not an
        // open descriptor is an error.
        let descriptors = Array(3..<(3 + min(count, 1024)))
        for descriptor in descriptors {
            do throws(SystemError) {
                try checked("fcntl", CLinux_set_close_on_exec(descriptor, 1))
                guard try checked("getsockopt", CLinux_is_listening_unix_stream(descriptor)) == 1 else {
                    throw SystemError("listen", ENOTSOCK)
                }
            } catch {
                guard error.code == ENOTSOCK else { throw .inheritedFailed(error) }
                throw .inheritedUnusable(descriptor: descriptor)
            }
        }
        return descriptors
    }

    /// The credentials of the process that listens on a path, found by connecting. The outer optional is nil if no process
    /// listens; the inner one is nil if a process listens, but its credentials are unknown.
    static func holder(of path: String) throws(SystemError) -> PeerCredentials?? {
        let socket = OwnedDescriptor(owning: try checked("socket", CLinux_unix_socket(0)))
        // The connection attempt must not wait when the listener's backlog is full.
        try socket.setNonblocking(true)
        // Safety: the text outlives the call, which reads the count it is given.
        let result = unsafe path.withCString { text in
            unsafe CLinux_unix_connect(socket.rawValue, text, path.utf8.count)
        }
        switch -result {
        case 0: return .some(try? PeerCredentials.of(socket.rawValue))
        case EAGAIN: return .some(nil)
        case ECONNREFUSED, ENOENT: return nil
        default: throw SystemError("connect", -result)
        }
    }

    private static func bindReplacingLeftover(_ socket: CInt, _ path: String) throws(ListenError) {
        do throws(SystemError) {
            return try Self.bindOnce(socket, path)
        } catch {
            guard error.code == EADDRINUSE else { throw .failed(path: path, error) }
        }
        var information = stat()
        // Safety: the call fills the structure it is given.
        if unsafe lstat(path, &information) == 0, (information.st_mode & S_IFMT) != S_IFSOCK {
            throw .notASocket(path: path)
        }
        let holder = try Self.attempt(path) { () throws(SystemError) in try Self.holder(of: path) }
        if let holder { throw .inUse(path: path, holder: holder) }
        try Self.attempt(path) { () throws(SystemError) in
            try retrying("unlink") { unsafe unlink(path) }
            try Self.bindOnce(socket, path)
        }
    }

    private static func bindOnce(_ socket: CInt, _ path: String) throws(SystemError) {
        // Safety: the text outlives the call, which reads the count it is given.
        let result = unsafe path.withCString { text in
            unsafe CLinux_unix_bind(socket, text, path.utf8.count)
        }
        try checked("bind", result)
    }

    private static func attempt<Result: ~Copyable>(
        _ path: String,
        _ body: () throws(SystemError) -> Result
    ) throws(ListenError) -> Result {
        do throws(SystemError) {
            return try body()
        } catch {
            throw .failed(path: path, error)
        }
    }

    /// Locks the folder, so that two services do not replace the same leftover socket at the same time. The lock is
    /// released with the descriptor.
    ///
    /// Any process that may read the folder can hold this lock without limit, while a service holds it only briefly. So
    /// the lock is ignored after two seconds. bind(2) is exclusive without it; the lock only prevents two services that
    /// start at the same moment from replacing each other's socket.
    private static func lockFolder(_ folder: borrowing OwnedDescriptor) {
        for _ in 0..<100 {
            if flock(folder.rawValue, LOCK_EX | LOCK_NB) == 0 { return }
            let code = errno
            // The file system has no locks, so the race is not prevented.
            if code != EWOULDBLOCK && code != EINTR { return }
            usleep(20_000)
        }
    }

    private static func parentFolder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
