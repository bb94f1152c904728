internal import Linux

/// Describes refused system calls for the message of a task's outcome.
public enum Refusals {
    /// The errno that every refused call returns.
    public static let errorNumber = ErrorNumber.notPermitted

    /// The last system call that was refused in this process, such as `socket(AF_INET)`; nil if no call was refused.
    ///
    /// Call it in the worker, after the task. It makes no system call.
    public static func last() -> String? {
        SystemCallFilter.lastRefusal().map { self.text(of: $0) }
    }

    /// Clears the record of refused calls, such as after a rehearsal.
    public static func forget() {
        SystemCallFilter.forgetRefusals()
    }

    static func text(of call: RefusedCall) -> String {
        let name = FilterProgram.name(of: call.number, on: call.architecture) ?? "system call \(call.number)"
        switch name {
        case "socket", "socketpair":
            return "\(name)(\(self.families[call.firstArgument] ?? "family \(call.firstArgument)"))"
        case "clone", "fork", "vfork":
            return "\(name) (a new process)"
        case "openat":
            return "openat (for writing)"
        case "mmap":
            return "mmap (of shared, growing or huge memory)"
        case "futex":
            return "futex (shared between processes, or with priority inheritance)"
        case "fadvise64":
            return "fadvise64 (POSIX_FADV_DONTNEED)"
        case "clock_gettime", "clock_getres", "clock_nanosleep":
            return "\(name) (a clock of another process)"
        case "prctl":
            return "prctl(\(call.firstArgument))"
        default:
            return name
        }
    }

    /// Address families of socket(2).
    private static let families: [UInt64: String] = [
        1: "AF_UNIX", 2: "AF_INET", 10: "AF_INET6", 16: "AF_NETLINK", 17: "AF_PACKET", 31: "AF_BLUETOOTH", 38: "AF_ALG",
        40: "AF_VSOCK",
    ]
}
