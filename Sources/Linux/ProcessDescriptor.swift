internal import CLinux

/// How a process ended.
public enum ExitStatus: Hashable, Sendable {
    /// It exited with this status.
    case exited(Int32)
    /// This signal ended it.
    case signaled(Int32)

    /// Decodes a status of wait(2); one that tells of no end, such as a stop, counts as an exit with 0.
    public init(waitStatus: Int32) {
        var value: Int32 = 0
        // Safety: the call writes one number through the pointer.
        switch unsafe CLinux_decode_wait_status(waitStatus, &value) {
        case 2: self = .signaled(value)
        default: self = .exited(value)
        }
    }
}

/// What a process has used, as getrusage(2) counts it.
public struct ChildUsage: Hashable, Sendable {
    /// User and system time.
    public var cpu: Duration
    /// The largest resident set, in bytes.
    public var peakResidentBytes: Int
    /// Page faults that needed no I/O.
    public var minorFaults: Int

    public init(cpu: Duration = .zero, peakResidentBytes: Int = 0, minorFaults: Int = 0) {
        self.cpu = cpu
        self.peakResidentBytes = peakResidentBytes
        self.minorFaults = minorFaults
    }

    init(_ usage: CLinux_usage) {
        self.cpu = .microseconds(usage.cpu_microseconds)
        self.peakResidentBytes = Int(usage.peak_resident_bytes)
        self.minorFaults = Int(usage.minor_faults)
    }
}

/// A pidfd: a process by descriptor, so that a signal can never reach another process that got the same number
/// (pidfd_open(2)). It becomes readable when the process ends.
public struct ProcessDescriptor: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor

    /// Takes ownership of a pidfd, such as one that was passed over a socket.
    public init(owning descriptor: consuming OwnedDescriptor) {
        self.descriptor = descriptor
    }

    /// Opens one for a process that is known not to have been waited for yet, such as a child of this process.
    public static func open(pid: Int32) throws(SystemError) -> ProcessDescriptor {
        let number = try checked("pidfd_open", CLinux_pidfd_open(pid))
        return ProcessDescriptor(owning: OwnedDescriptor(owning: number))
    }

    /// The number, borrowed: valid for as long as this value lives.
    public var rawValue: CInt { self.descriptor.rawValue }

    /// Gives the ownership of the descriptor up.
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

    /// Waits for the end of a child of this process and reaps it. Blocks.
    public func wait() throws(SystemError) -> ExitStatus {
        guard let status = try Self.reap(self.rawValue, blocking: true) else {
            preconditionFailure("a blocking waitid returned without an end")
        }
        return status
    }

    /// Reaps a child of this process if it has ended; nil when it has not.
    public func waitIfEnded() throws(SystemError) -> ExitStatus? {
        try Self.reap(self.rawValue, blocking: false)
    }

    /// Reaps a child of this process through a borrowed pidfd; nil when it has not ended, only without `blocking`.
    public static func reap(_ descriptor: CInt, blocking: Bool) throws(SystemError) -> ExitStatus? {
        var status: Int32 = 0
        // Safety: the call writes one number through the pointer.
        let result = unsafe CLinux_pidfd_wait(descriptor, blocking ? 1 : 0, &status)
        return try checked("waitid", result) == 1 ? ExitStatus(waitStatus: status) : nil
    }
}
