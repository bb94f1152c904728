internal import Glibc

/// Reads whole files, for all programs of this package. Every read has a size limit.
extension FileSystem {
    /// The kinds of files that may be read.
    public enum Readable: Sendable {
        /// Only regular files. Opening never blocks, and a FIFO or a device is refused.
        case regularFiles
        /// Also FIFOs, sockets and devices, as in `<(command)`. Opening and reading wait for the other end.
        case streams
    }

    /// Reads a whole file.
    ///
    /// - Parameters:
    ///   - path: The file. A symbolic link is followed.
    ///   - maximum: The most bytes to read; a larger file is an error.
    ///   - readable: The kinds of files that the path may name.
    /// - Returns: The bytes and the mode.
    /// - Throws: ``FileReadError``.
    public static func read(
        _ path: String,
        maximum: Int,
        accepting readable: Readable = .regularFiles
    ) throws(FileReadError) -> FileContents {
        // Without O_NONBLOCK, opening a FIFO waits for a writer. Regular files ignore the flag.
        let waiting = readable == .streams ? 0 : O_NONBLOCK | O_NOCTTY
        let file = OwnedDescriptor(
            owning: try self.attempt { () throws(SystemError) in
                try retrying("open") { unsafe open(path, O_RDONLY | O_CLOEXEC | waiting) }
            }
        )
        var information = stat()
        try self.attempt { () throws(SystemError) in
            // Safety: the call fills the structure it is given.
            _ = try retrying("fstat") { unsafe fstat(file.rawValue, &information) }
        }
        let type = information.st_mode & S_IFMT
        guard type == S_IFREG || readable == .streams && type != S_IFDIR else {
            throw .notRegular(kind: Self.name(ofType: type))
        }
        let bytes = try Self.readBytes(
            from: file.rawValue,
            maximum: maximum,
            expected: Int(clamping: information.st_size)
        )
        return FileContents(bytes: bytes, mode: UInt32(information.st_mode) & 0o7777)
    }

    /// Reads the bytes of a regular file; see ``read(_:maximum:accepting:)``.
    public static func readBytes(_ path: String, maximum: Int) throws(FileReadError) -> [UInt8] {
        try self.read(path, maximum: maximum).bytes
    }

    /// Reads an open descriptor until its end.
    ///
    /// - Parameters:
    ///   - descriptor: The descriptor; it stays open.
    ///   - maximum: The most bytes to read; a larger file is an error.
    ///   - expected: The expected number of bytes, for which memory is reserved.
    /// - Returns: The bytes.
    /// - Throws: ``FileReadError``.
    public static func readBytes(
        from descriptor: CInt,
        maximum: Int,
        expected: Int = 0
    ) throws(FileReadError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(max(0, min(expected, maximum)))
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = try self.attempt { () throws(SystemError) in
                // Safety: the call writes at most the array's length into it.
                try retrying("read") { unsafe Glibc.read(descriptor, &buffer, buffer.count) }
            }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= maximum else { throw .tooLarge(limit: maximum) }
        }
    }

    /// The text of a small regular file. Invalid UTF-8 in it is replaced.
    ///
    /// - Throws: `SystemError`; EFBIG for more than `maximum` bytes, EINVAL if the path is not a regular file.
    public static func readText(_ path: String, maximum: Int = 1 << 20) throws(SystemError) -> String {
        do throws(FileReadError) {
            return String(decoding: try self.readBytes(path, maximum: maximum), as: UTF8.self)
        } catch {
            throw error.asSystemError
        }
    }

    /// Reads an open file of /proc again from its start.
    public static func rereadText(_ descriptor: CInt) throws(SystemError) -> String {
        try retrying("lseek") { lseek(descriptor, 0, SEEK_SET) }
        do throws(FileReadError) {
            return String(decoding: try self.readBytes(from: descriptor, maximum: 1 << 20), as: UTF8.self)
        } catch {
            throw error.asSystemError
        }
    }

    private static func attempt<Result>(_ body: () throws(SystemError) -> Result) throws(FileReadError) -> Result {
        do throws(SystemError) {
            return try body()
        } catch {
            throw .failed(error)
        }
    }

    private static func name(ofType type: mode_t) -> String {
        switch type {
        case S_IFDIR: "a directory"
        case S_IFIFO: "a FIFO"
        case S_IFSOCK: "a socket"
        case S_IFCHR, S_IFBLK: "a device"
        default: "of an unknown kind"
        }
    }
}
