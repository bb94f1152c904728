internal import CLinux

/// Finds out whether epoll(7) has room for another descriptor.
///
/// `withConnectedSocket` and `withBoundSocket` of NIO's bootstraps trap when the registration of the descriptor fails, which
/// a shortage can cause: the user has used up its watches (ENOSPC), or the kernel has no memory (ENOMEM). A probe right before
/// gives the shortage as an error. The room may be taken between the probe and the registration, by another thread or by
/// another process of the same user; on the event loop that registers, microseconds are between the two.
public enum EpollProbe {
    /// Registers the descriptor with an epoll set of its own, and gives the registration back. The descriptor is borrowed.
    ///
    /// - Throws: `SystemError` of epoll_ctl(2), also when there is no descriptor for the set.
    public static func check(_ descriptor: CInt) throws(SystemError) {
        try checked("epoll_ctl", CLinux_probe_epoll(descriptor))
    }
}
