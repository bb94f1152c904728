import Glibc

/// Standard output and standard error of a command. Writes block.
package enum Terminal {
    /// Whether standard error is a terminal.
    package static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// The size of the terminal, 80 by 24 if it is unknown; nil when standard output is not a terminal.
    static var outputSize: (columns: Int, lines: Int)? {
        var size = winsize()
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// The width to which texts of several lines are wrapped: `COLUMNS`, otherwise the width of the terminal, otherwise
    /// 80.
    static var width: Int {
        if let columns = Environment.variables["COLUMNS"].flatMap({ Int($0) }), columns > 0 { return columns }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Writes a result to standard output, which is for results only. When the reader of a pipe has ended, SIGPIPE ends
    /// the command.
    ///
    /// - Throws: ``CommandError`` when the bytes cannot be written, for example to a full disk.
    static func output(_ bytes: [UInt8]) throws(CommandError) {
        try Self.write(bytes, to: STDOUT_FILENO)
    }

    /// Writes a result to standard output, which is for results only.
    package static func output(_ text: String) throws(CommandError) {
        try Self.output(Array(text.utf8))
    }

    /// Writes to standard error: prints of tasks, notes and errors.
    package static func error(_ text: String) {
        // An error is ignored: a command does not fail because standard error is closed.
        try? Self.write(Array(text.utf8), to: STDERR_FILENO)
    }

    /// Writes to standard output.
    ///
    /// - Returns: False when the bytes cannot be written, for example to a pipe whose reader has ended.
    static func isWritten(_ bytes: [UInt8]) -> Bool {
        (try? Self.write(bytes, to: STDOUT_FILENO, endsWithReader: false)) != nil
    }

    private static func write(_ bytes: [UInt8], to descriptor: CInt, endsWithReader: Bool = true) throws(CommandError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
            }
            if count >= 0 {
                written += count
            } else if errno == EAGAIN {
                // Another process that shares the terminal made it non-blocking.
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, -1)
            } else if errno == EPIPE, descriptor == STDOUT_FILENO, endsWithReader {
                // The reader, such as head(1), has ended. SIGPIPE ends a program here by default. This process ignores
                // it because of its sockets, so the default is restored first.
                signal(SIGPIPE, SIG_DFL)
                raise(SIGPIPE)
            } else if errno != EINTR {
                throw CommandError(status: .failure, message: "cannot write: \(String(cString: strerror(errno)))")
            }
        }
    }
}
