internal import Glibc

/// Failures due to a shortage: the machine, or a limit on this process, lacks a resource. The same call may succeed
/// later, so callers report the error, keep existing work running and try again.
extension SystemError {
    /// The error for a message that arrived without its descriptor, because this process has reached its limit on
    /// descriptors (``DescriptorPassing``).
    public static let descriptorLost = SystemError("recvmsg", EMFILE)

    /// Whether the call failed because no process, thread, descriptor, socket or memory was available. Only for calls
    /// that create one of these: a read or write that would block also gives EAGAIN.
    public var isShortage: Bool { self.remedy != nil }

    /// What an operator can do about a shortage; nil for every other error.
    public var remedy: String? {
        switch self.code {
        case EAGAIN:
            "a limit on processes and threads is reached: raise TasksMax= of the unit, the container's limit on pids or"
                + " RLIMIT_NPROC (ulimit -u) of the service's user"
        case EMFILE: "this process has no descriptor left: raise LimitNOFILE= of the unit or RLIMIT_NOFILE (ulimit -n)"
        case ENFILE: "the machine has no descriptor left: raise the sysctl fs.file-max"
        case ENOMEM, ENOBUFS: "memory is short: raise MemoryMax= of the unit, or have fewer workers"
        case ENOSPC where self.call == "epoll_ctl":
            "the service's user has no watches of epoll left: raise the sysctl fs.epoll.max_user_watches"
        case ETOOMANYREFS: "too many descriptors are in flight: raise RLIMIT_NOFILE (ulimit -n)"
        default: nil
        }
    }

    /// The error's description, followed by the remedy if there is one.
    public var descriptionWithRemedy: String {
        self.remedy.map { "\(self); \($0)" } ?? self.description
    }
}
