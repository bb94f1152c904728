internal import CLinux

/// A pidfd, which refers to a process (pidfd_open(2)). A signal sent through it never reaches another process that got
/// the same process id. It becomes readable when the process ends.
public struct ProcessDescriptor: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor

    /// Takes ownership of a pidfd, such as one that was passed over a socket.
    public init(owning descriptor: consuming OwnedDescriptor) {
        self.descriptor = descriptor
    }

    /// Opens a pidfd for a process that has certainly not been waited for yet, such as a child of this process.
    public static func open(pid: Int32) throws(SystemError) -> ProcessDescriptor {
        let number = try checked("pidfd_open", CLinux_pidfd_open(pid))
        return ProcessDescriptor(owning: OwnedDescriptor(owning: number))
    }

    /// The descriptor's number, borrowed: valid as long as this value lives.
    public var rawValue: CInt { self.descriptor.rawValue }

    /// Transfers ownership of the descriptor to the caller.
    public consuming func release() -> CInt {
        self.descriptor.release()
    }

    /// Sends a signal (pidfd_send_signal(2)).
    ///
    /// - Throws: `SystemError`; ESRCH once the process has been waited for.
    public func signal(_ number: CInt) throws(SystemError) {
        try Self.signal(number, through: self.rawValue)
    }

    /// Sends a signal through a borrowed pidfd.
    public static func signal(_ number: CInt, through descriptor: CInt) throws(SystemError) {
        try checked("pidfd_send_signal", CLinux_pidfd_send_signal(descriptor, number))
    }

    /// Waits until the process, a child of this one, has ended, and reaps it. Blocks.
    public func wait() throws(SystemError) -> WaitStatus {
        guard let status = try Self.reap(self.rawValue, blocking: true) else {
            preconditionFailure("a blocking waitid returned without an end")
        }
        return status
    }

    /// Reaps a child of this process if it has ended; otherwise nil.
    public func waitIfEnded() throws(SystemError) -> WaitStatus? {
        try Self.reap(self.rawValue, blocking: false)
    }

    /// Reaps a child of this process through a borrowed pidfd. Without `blocking`, nil if it has not ended.
    public static func reap(_ descriptor: CInt, blocking: Bool) throws(SystemError) -> WaitStatus? {
        var status: Int32 = 0
        // Safety: the call writes one number through the pointer.
        let result = unsafe CLinux_pidfd_wait(descriptor, blocking ? 1 : 0, &status)
        return try checked("waitid", result) == 1 ? WaitStatus(waitStatus: status) : nil
    }
}
