internal import CLinux
internal import Glibc

/// Why a listening socket could not be had.
public enum ListenError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path has more bytes than a Unix socket's may have.
    case pathTooLong(path: String, bytes: Int, maximum: Int)
    case parentFolderMissing(path: String)
    /// A live service answers there. Its credentials are as of when it began to listen; nil when the kernel would not say.
    case inUse(path: String, holder: PeerCredentials?)
    /// Something that is not a socket is there; it was left alone.
    case notASocket(path: String)
    case failed(path: String, SystemError)
    /// The service manager handed over something that is not a listening Unix stream socket.
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
            "\(path) exists and is not a socket; it was left alone"
        case .failed(let path, let error):
            "cannot listen on \(path): \(error)"
        case .inheritedUnusable(let descriptor):
            "descriptor \(descriptor), handed over by the service manager, is not a listening Unix stream socket"
        case .inheritedFailed(let error):
            "cannot use the sockets of the service manager: \(error)"
        }
    }
}

/// Listening Unix stream sockets: our own, or those of a service manager.
public enum ListeningSocket {
    /// Binds a path and listens on it. The file's mode is never wider than `mode`, not for a moment.
    ///
    /// A socket file that a dead service left is replaced; a live service and anything that is not a socket are respected.
    ///
    /// - Parameters:
    ///   - path: Where; its folder must exist.
    ///   - mode: The permission bits of the socket file. Connecting needs write permission.
    ///   - group: The group to give it to; nil leaves this process's own.
    ///   - backlog: How many connections may wait to be accepted.
    /// - Returns: A blocking, close-on-exec descriptor. Nobody removes the file when it is closed.
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
            // The bound file's inode takes its mode from here, narrowed by the umask: never wider than asked for.
            _ = try retrying("fchmod") { fchmod(socket.rawValue, mode_t(mode)) }
        }
        try Self.bindReplacingLeftover(socket.rawValue, path)
        try Self.attempt(path) { () throws(SystemError) in
            if let group {
                try retrying("chown") { unsafe chown(path, uid_t.max, group) }
            }
            // What the umask took away.
            try retrying("chmod") { unsafe chmod(path, mode_t(mode)) }
            _ = try retrying("listen") { listen(socket.rawValue, backlog) }
        }
        // The lock goes with its descriptor, which would be closed after its last use.
        withExtendedLifetime(lock) {}
        return socket
    }

    /// The descriptors that a service manager passed (sd_listen_fds(3)), made close-on-exec; empty when there are none.
    ///
    /// The caller owns them. The variables that announced them are removed, so that no child takes them for its own.
    ///
    /// - Throws: `ListenError` when one is not a listening Unix stream socket.
    public static func inherited() throws(ListenError) -> [CInt] {
        defer {
            for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { CurrentProcess.removeEnvironmentValue(name) }
        }
        guard CurrentProcess.environmentValue("LISTEN_PID").flatMap({ Int32($0) }) == CurrentProcess.pid,
            let count = CurrentProcess.environmentValue("LISTEN_FDS").flatMap({ Int32($0) }), count > 0
        else { return [] }
        // SD_LISTEN_FDS_START; the count is the manager's word, so the first number that is not open ends it.
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

    /// Who listens on a path, found out by connecting; nil when nobody does.
    static func holder(of path: String) throws(SystemError) -> PeerCredentials?? {
        let socket = OwnedDescriptor(owning: try checked("socket", CLinux_unix_socket(0)))
        // A full backlog must not make this wait.
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

    /// Keeps a second service from taking the same leftover at the same time; released with the descriptor.
    ///
    /// Whoever may read the folder can hold this lock, for ever if it likes, and a service takes it for an instant: after
    /// two seconds it is somebody else's, and goes unheeded. Binding is exclusive without it; only two services that
    /// start at the same moment and replace the same leftover could then take it from each other.
    private static func lockFolder(_ folder: borrowing OwnedDescriptor) {
        for _ in 0..<100 {
            if flock(folder.rawValue, LOCK_EX | LOCK_NB) == 0 { return }
            let code = errno
            // A file system without locks: there is just no protection against that race.
            if code != EWOULDBLOCK && code != EINTR { return }
            usleep(20_000)
        }
    }

    private static func parentFolder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
