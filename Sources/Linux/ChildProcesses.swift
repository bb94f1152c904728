internal import CLinux
internal import Glibc

/// The children of a single-threaded process: forking them, and hearing of their end.
public enum ChildProcesses {
    /// On which side of a fork one is.
    public enum Side: Equatable, Sendable {
        case child
        /// The parent, with the child's number.
        case parent(pid: Int32)
    }

    /// A child that ended.
    public struct Ended: Hashable, Sendable {
        public var pid: Int32
        public var status: ExitStatus
        public var usage: ChildUsage
    }

    /// Forks this process, which must have a single thread: a child of more would inherit locks that nobody unlocks.
    public static func fork() throws(SystemError) -> Side {
        let pid = try checked("fork", CLinux_fork())
        return pid == 0 ? .child : .parent(pid: pid)
    }

    /// Reaps any child (wait4(2)).
    ///
    /// - Parameter blocking: Whether to wait for one.
    /// - Returns: nil when none has ended, or when there are no children.
    /// - Throws: `SystemError`.
    public static func reap(blocking: Bool = false) throws(SystemError) -> Ended? {
        var status: Int32 = 0
        var usage = CLinux_usage()
        // Safety: the call fills the number and the structure it is given.
        let pid = unsafe CLinux_wait_any(blocking ? 1 : 0, &status, &usage)
        if pid == 0 || pid == -ECHILD { return nil }
        try checked("wait4", pid)
        return Ended(pid: pid, status: ExitStatus(waitStatus: status), usage: ChildUsage(usage))
    }
}

/// SIGCHLD as a descriptor to poll (signalfd(2)), so that one loop waits for a socket and for children alike.
public struct ChildSignal: ~Copyable {
    private let descriptor: OwnedDescriptor

    /// Blocks SIGCHLD in this thread and opens the descriptor. Children inherit the mask.
    public init() throws(SystemError) {
        self.descriptor = OwnedDescriptor(owning: try checked("signalfd", CLinux_child_signal_open()))
    }

    /// Becomes readable when a child ends; borrowed.
    public var rawValue: CInt { self.descriptor.rawValue }

    /// Takes what is pending. Several ends may have been merged into one: reap until there is none left.
    public func drain() throws(SystemError) {
        try checked("read", CLinux_child_signal_drain(self.rawValue))
    }
}
