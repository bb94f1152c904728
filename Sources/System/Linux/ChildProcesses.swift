internal import CLinux
internal import Glibc

/// Forks and reaps the children of a single-threaded process.
public enum ChildProcesses {
    /// The side of a fork that the code runs on.
    public enum Side: Equatable, Sendable {
        case child
        /// The parent, with the child's process id.
        case parent(pid: Int32)
    }

    /// A child that ended.
    public struct Ended: Hashable, Sendable {
        public var pid: Int32
        public var status: WaitStatus
        public var usage: ChildUsage
    }

    /// Forks this process, which must have a single thread: in a child of a multi-threaded process, locks could be held
    /// by threads that do not exist there.
    public static func fork() throws(SystemError) -> Side {
        let pid = try checked("fork", CLinux_fork())
        return pid == 0 ? .child : .parent(pid: pid)
    }

    /// Ends a child with SIGKILL (kill(2)). Using the process id is safe, because no other process gets it before the
    /// child is reaped.
    public static func kill(_ pid: Int32) throws(SystemError) {
        try retrying("kill") { Glibc.kill(pid, SIGKILL) }
    }

    /// Waits for any ended child and reaps it (wait4(2)).
    ///
    /// - Parameter blocking: Whether to wait until a child has ended.
    /// - Returns: nil when no child has ended, or when there are no children.
    /// - Throws: `SystemError`.
    public static func reap(blocking: Bool = false) throws(SystemError) -> Ended? {
        var status: Int32 = 0
        var usage = CLinux_usage()
        // Safety: the call fills the number and the structure it is given.
        let pid = unsafe CLinux_wait_any(blocking ? 1 : 0, &status, &usage)
        if pid == 0 || pid == -ECHILD { return nil }
        try checked("wait4", pid)
        return Ended(pid: pid, status: WaitStatus(waitStatus: status), usage: ChildUsage(usage))
    }
}

/// SIGCHLD as a descriptor to poll (signalfd(2)), so that one loop can wait for a socket and for children.
public struct ChildSignal: ~Copyable {
    private let descriptor: OwnedDescriptor

    /// Blocks SIGCHLD in this thread and opens the descriptor. Children inherit the mask.
    public init() throws(SystemError) {
        self.descriptor = OwnedDescriptor(owning: try checked("signalfd", CLinux_child_signal_open()))
    }

    /// The descriptor, borrowed. It becomes readable when a child ends.
    public var rawValue: CInt { self.descriptor.rawValue }

    /// Reads the pending signals. SIGCHLD of several children may be merged, so reap until no ended child is left.
    public func drain() throws(SystemError) {
        try checked("read", CLinux_child_signal_drain(self.rawValue))
    }
}
