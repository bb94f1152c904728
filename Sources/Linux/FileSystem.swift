internal import Glibc

/// The few file operations that confinement needs, without Foundation.
public enum FileSystem {
    /// What is at a path, without following a link at its end.
    public enum Kind: Hashable, Sendable {
        case missing
        case file
        case folder
        /// A symbolic link, and what it says.
        case link(String)
    }

    /// What is at a path; whatever cannot be looked at counts as missing.
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
                // Safety: the call writes at most `capacity` bytes and says how many.
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

    /// What a symbolic link says; nil when there is none.
    public static func readLinkTarget(_ path: String) -> String? {
        guard case .link(let target) = self.kind(of: path) else { return nil }
        return target
    }

    /// The owner and the permission bits of a file; nil when it cannot be looked at.
    public static func ownership(of path: String) -> (uid: UInt32, gid: UInt32, mode: UInt32)? {
        var information = stat()
        // Safety: the call fills the structure it is given.
        guard unsafe lstat(path, &information) == 0 else { return nil }
        return (information.st_uid, information.st_gid, UInt32(information.st_mode) & 0o7777)
    }

    /// Whether this process may write to a file or a folder (access(2), by its effective identity where they differ).
    public static func isWritable(_ path: String) -> Bool {
        unsafe access(path, W_OK) == 0
    }

    /// Makes a folder (mkdir(2)); one that is there already is fine.
    public static func makeFolder(_ path: String, mode: UInt32 = 0o755) throws(SystemError) {
        guard unsafe mkdir(path, mode_t(mode)) != 0 else { return }
        let code = errno
        guard code == EEXIST else { throw SystemError("mkdir", code) }
    }

    /// Makes a folder and those above it.
    public static func makeFolders(_ path: String, mode: UInt32 = 0o755) throws(SystemError) {
        var made = ""
        for component in path.split(separator: "/") {
            made += "/" + component
            try self.makeFolder(made, mode: mode)
        }
    }

    /// Makes an empty file that nobody may write; one that is there already is fine.
    public static func makeEmptyFile(_ path: String) throws(SystemError) {
        let number = unsafe open(path, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o444)
        guard number >= 0 else { throw SystemError("open", errno) }
        _ = OwnedDescriptor(owning: number)
    }

    /// Makes a symbolic link; one that is there already is fine.
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

    /// Opens a file that is there for writing, close-on-exec.
    public static func openForWriting(_ path: String) throws(SystemError) -> OwnedDescriptor {
        OwnedDescriptor(owning: try retrying("open") { unsafe open(path, O_WRONLY | O_CLOEXEC) })
    }

    /// The text of a small file.
    ///
    /// - Throws: `SystemError`; EFBIG beyond `maximum` bytes.
    public static func readText(_ path: String, maximum: Int = 1 << 20) throws(SystemError) -> String {
        let file = try self.openForReading(path)
        var bytes: [UInt8] = []
        while let some = try DescriptorIO.readSome(maximum: 1 << 14, from: file.rawValue) {
            bytes += some
            guard bytes.count <= maximum else { throw SystemError("read", EFBIG) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads an open file of /proc from its start again.
    public static func rereadText(_ descriptor: CInt) throws(SystemError) -> String {
        var bytes: [UInt8] = []
        try retrying("lseek") { lseek(descriptor, 0, SEEK_SET) }
        while let some = try DescriptorIO.readSome(maximum: 1 << 13, from: descriptor) { bytes += some }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Writes a text to a file that is there, by one write, as /proc and cgroups want it.
    public static func writeText(_ text: String, to path: String) throws(SystemError) {
        let file = try self.openForWriting(path)
        try DescriptorIO.writeFully(Array(text.utf8), to: file.rawValue)
    }
}
