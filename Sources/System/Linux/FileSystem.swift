internal import CLinux
internal import Glibc

/// The few file operations that confinement needs, without Foundation.
public enum FileSystem {
    /// The kind of file at a path, without following a link at its end.
    public enum Kind: Hashable, Sendable {
        case missing
        case file
        case folder
        /// A symbolic link, and its target.
        case link(String)
    }

    /// The kind of file at a path; `missing` also if it cannot be examined (lstat(2)).
    public static func kind(of path: String) -> Kind {
        var information = stat()
        // Safety: the call fills the structure it is given.
        guard unsafe lstat(path, &information) == 0 else { return .missing }
        switch information.st_mode & S_IFMT {
        case S_IFDIR: return .folder
        case S_IFLNK:
            let capacity = 4096
            var length = 0
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, initialized in
                // Safety: the call writes at most `capacity` bytes and returns their number.
                unsafe buffer.withMemoryRebound(to: CChar.self) { characters in
                    guard let base = characters.baseAddress else { return }
                    length = unsafe readlink(path, base, capacity)
                }
                initialized = max(length, 0)
            }
            return length > 0 ? .link(String(decoding: bytes, as: UTF8.self)) : .missing
        default: return .file
        }
    }

    /// Whether this process may write to a file or a folder (access(2), which checks the real user and group ids).
    public static func isWritable(_ path: String) -> Bool {
        unsafe access(path, W_OK) == 0
    }

    /// Makes a folder (mkdir(2)); an existing one is not an error.
    public static func makeFolder(_ path: String, mode: UInt32 = 0o755) throws(SystemError) {
        guard unsafe mkdir(path, mode_t(mode)) != 0 else { return }
        let code = errno
        guard code == EEXIST else { throw SystemError("mkdir", code) }
    }

    /// Makes a folder and its missing parent folders.
    public static func makeFolders(_ path: String, mode: UInt32 = 0o755) throws(SystemError) {
        var made = ""
        for component in path.split(separator: "/") {
            made += "/" + component
            try self.makeFolder(made, mode: mode)
        }
    }

    /// Makes an empty file of mode 0444; an existing file is left as it is.
    public static func makeEmptyFile(_ path: String) throws(SystemError) {
        let number = unsafe open(path, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o444)
        guard number >= 0 else { throw SystemError("open", errno) }
        _ = OwnedDescriptor(owning: number)
    }

    /// Makes a symbolic link; an existing file at the path is not an error.
    public static func makeLink(_ path: String, to target: String) throws(SystemError) {
        guard unsafe symlink(target, path) != 0 else { return }
        let code = errno
        guard code == EEXIST else { throw SystemError("symlink", code) }
    }

    /// Removes a file or a link.
    public static func remove(_ path: String) throws(SystemError) {
        try retrying("unlink") { unsafe unlink(path) }
    }

    /// Removes an empty folder.
    public static func removeFolder(_ path: String) throws(SystemError) {
        try retrying("rmdir") { unsafe rmdir(path) }
    }

    /// Opens a file for reading, close-on-exec.
    public static func openForReading(_ path: String) throws(SystemError) -> OwnedDescriptor {
        OwnedDescriptor(owning: try retrying("open") { unsafe open(path, O_RDONLY | O_CLOEXEC) })
    }

    /// Opens a file or a folder only to refer to it (open(2), O_PATH), close-on-exec.
    public static func openPath(_ path: String) throws(SystemError) -> OwnedDescriptor {
        OwnedDescriptor(owning: try unsafe checked("open", CLinux_open_path(path)))
    }

    /// Opens an existing file for writing, close-on-exec.
    public static func openForWriting(_ path: String) throws(SystemError) -> OwnedDescriptor {
        OwnedDescriptor(owning: try retrying("open") { unsafe open(path, O_WRONLY | O_CLOEXEC) })
    }

    /// Writes a text to an existing file by one write(2), as files of /proc and of control groups require.
    public static func writeText(_ text: String, to path: String) throws(SystemError) {
        let file = try self.openForWriting(path)
        try DescriptorIO.writeFully(Array(text.utf8), to: file.rawValue)
    }
}
