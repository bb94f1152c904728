internal import CLinux

/// Finds out whether epoll(7) has room for another descriptor.
///
/// `withConnectedSocket` and `withBoundSocket` of NIO's bootstraps trap if the registration of the descriptor fails. A
/// shortage can cause that: the user has no watches left (ENOSPC), or the kernel has no memory (ENOMEM). A probe right
/// before the registration turns the shortage into an error.
///
/// The registration can still fail, if another thread or another process of the same user registers a descriptor after the
/// probe. If the probe runs on the event loop that registers the descriptor, this can happen only within microseconds.
public enum EpollProbe {
    /// Registers the descriptor with a new epoll set, and closes the set. The descriptor is borrowed.
    ///
    /// - Throws: `SystemError`. It names epoll_ctl(2) even if the set itself could not be created.
    public static func check(_ descriptor: CInt) throws(SystemError) {
        try checked("epoll_ctl", CLinux_probe_epoll(descriptor))
    }
}
