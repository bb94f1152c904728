internal import CLinux

/// How a process ended.
public enum WaitStatus: Hashable, Sendable {
    /// The process exited with this status.
    case exited(Int32)
    /// This signal ended the process.
    case signaled(Int32)

    /// Decodes a status of wait(2). A status that does not report an end, such as a stop, becomes an exit with 0.
    public init(waitStatus: Int32) {
        var value: Int32 = 0
        // Safety: the call writes one number through the pointer.
        switch unsafe CLinux_decode_wait_status(waitStatus, &value) {
        case 2: self = .signaled(value)
        default: self = .exited(value)
        }
    }
}
