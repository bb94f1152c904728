internal import CLinux
internal import Glibc

/// System-call filters (seccomp(2)).
public enum SystemCallFilter {
    /// Installs a program of eight-byte BPF instructions on this thread. It cannot be removed. Needs no_new_privs.
    public static func install(_ program: UnsafeRawBufferPointer) throws(SystemError) {
        let count = program.count / 8
        guard let base = program.baseAddress, count > 0, count <= 4096 else {
            throw SystemError("seccomp", EINVAL)
        }
        // Safety: the kernel copies `count` instructions of the buffer.
        try unsafe checked("seccomp", CLinux_seccomp_install(base, UInt16(count)))
    }

    /// Installs the SIGSYS handler that records a refused call and lets it return EPERM.
    public static func recordRefusals() throws(SystemError) {
        try checked("sigaction(SIGSYS)", CLinux_refusals_install())
    }

    /// Makes the SIGSYS handler end the process at one system call. If a ``SoftStop`` is installed, the handler first writes
    /// the soft stop's header, the line ``SoftStop/blockedPrefix`` with `name`, and the trace.
    public static func endProcess(for number: Int32, named name: String) throws(SystemError) {
        try unsafe checked("sigaction(SIGSYS)", CLinux_refusals_end_process(number, name))
    }

    /// Clears the record of refused calls.
    public static func forgetRefusals() { CLinux_refusals_reset() }

    /// The last refused call; nil if no call was refused.
    public static func lastRefusal() -> RefusedCall? {
        var call = CLinux_refused_call()
        // Safety: the call fills the structure it is given.
        unsafe CLinux_refusals_read(&call)
        guard call.count > 0 else { return nil }
        return RefusedCall(
            number: call.number,
            architecture: call.architecture,
            firstArgument: call.first_argument,
            count: Int(call.count)
        )
    }
}

/// A system call that the filter refused.
public struct RefusedCall: Hashable, Sendable {
    /// The call's number on `architecture`.
    public var number: Int32
    /// The architecture of the call: AUDIT_ARCH_… of seccomp(2).
    public var architecture: UInt32
    /// The call's first argument, such as a socket's family.
    public var firstArgument: UInt64
    /// The number of all refused calls so far.
    public var count: Int
}
