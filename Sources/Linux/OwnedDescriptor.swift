internal import CLinux
internal import Glibc

/// A file descriptor with one owner, closed when that owner goes.
public struct OwnedDescriptor: ~Copyable, Sendable {
    /// The number, borrowed: valid for as long as this value lives, and that is until its last use, not until the end of a
    /// scope. Whoever keeps the number for longer takes it by ``release()``.
    public let rawValue: CInt

    /// Takes ownership of an open descriptor. Nobody else may close it.
    public init(owning rawValue: CInt) {
        precondition(rawValue >= 0, "\(rawValue) is not a descriptor")
        self.rawValue = rawValue
    }

    /// Gives the ownership up; the caller closes it.
    public consuming func release() -> CInt {
        let rawValue = self.rawValue
        discard self
        return rawValue
    }

    deinit {
        // Linux has closed the descriptor even when it says EINTR (close(2)): no retry.
        _ = Glibc.close(self.rawValue)
    }

    /// Whether the descriptor is closed by an exec (fcntl(2), FD_CLOEXEC).
    public func setCloseOnExec(_ on: Bool) throws(SystemError) {
        try checked("fcntl", CLinux_set_close_on_exec(self.rawValue, on ? 1 : 0))
    }

    /// Whether reads and writes return instead of waiting (fcntl(2), O_NONBLOCK). Shared with every duplicate.
    public func setNonblocking(_ on: Bool) throws(SystemError) {
        try checked("fcntl", CLinux_set_nonblocking(self.rawValue, on ? 1 : 0))
    }
}
