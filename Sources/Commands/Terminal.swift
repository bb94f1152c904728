import Glibc

/// The two ways out of a command.
enum Terminal {
    /// Whether standard error goes to a person rather than a file.
    static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Writes to standard output: results, and nothing else.
    ///
    /// - Throws: ``Complaint`` when it cannot be written, such as to a full disk. A closed pipe ends the command quietly.
    static func output(_ bytes: [UInt8]) throws(Complaint) {
        try Self.write(bytes, to: STDOUT_FILENO)
    }

    /// Writes to standard output: results, and nothing else.
    static func output(_ text: String) throws(Complaint) {
        try Self.output(Array(text.utf8))
    }

    /// Writes to standard error: what a task prints, and what there is to say about it.
    static func error(_ text: String) {
        // Whoever closed standard error does not want to know.
        try? Self.write(Array(text.utf8), to: STDERR_FILENO)
    }

    private static func write(_ bytes: [UInt8], to descriptor: CInt) throws(Complaint) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
            }
            if count >= 0 {
                written += count
            } else if errno == EAGAIN {
                // Somebody shares the terminal with us and made it non-blocking.
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, -1)
            } else if errno != EINTR {
                throw Complaint(status: .failure, message: "cannot write: \(String(cString: strerror(errno)))")
            }
        }
    }
}
