internal import CLinux
internal import Glibc

/// A file descriptor with one owner, closed when this value ends.
public struct OwnedDescriptor: ~Copyable, Sendable {
    /// The number, borrowed: valid as long as this value lives. Swift may end the value after its last use, before the
    /// end of the scope. To keep the number longer, take ownership by ``release()``.
    public let rawValue: CInt

    /// Takes ownership of an open descriptor. No other code may close it.
    public init(owning rawValue: CInt) {
        precondition(rawValue >= 0, "\(rawValue) is not a descriptor")
        self.rawValue = rawValue
    }

    /// Transfers ownership to the caller, who must close the descriptor.
    public consuming func release() -> CInt {
        let rawValue = self.rawValue
        discard self
        return rawValue
    }

    deinit {
        // Linux closes the descriptor even if close(2) fails with EINTR, so there is no retry.
        _ = Glibc.close(self.rawValue)
    }

    /// Sets whether the descriptor is closed by an exec (fcntl(2), FD_CLOEXEC).
    public func setCloseOnExec(_ on: Bool) throws(SystemError) {
        try checked("fcntl", CLinux_set_close_on_exec(self.rawValue, on ? 1 : 0))
    }

    /// Sets whether reads and writes return instead of waiting (fcntl(2), O_NONBLOCK). The setting is shared by all
    /// duplicates.
    public func setNonblocking(_ on: Bool) throws(SystemError) {
        try checked("fcntl", CLinux_set_nonblocking(self.rawValue, on ? 1 : 0))
    }
}
