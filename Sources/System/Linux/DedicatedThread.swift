internal import Glibc

/// A detached POSIX thread for work that blocks in system calls by design, such as receiving on a fork server's control
/// socket. It is never joined: its body reports its own end.
public enum DedicatedThread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a thread that runs `body` and then ends.
    ///
    /// - Throws: `SystemError`, and `body` never runs. The kernel refuses a new thread while a limit on threads is
    ///   reached (RLIMIT_NPROC, `TasksMax=` of systemd, pids.max of a control group) or memory is short. The rest of
    ///   this process is not affected. The error is EAGAIN in both cases (pthread_create(3)).
    public static func start(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
        var attributes = pthread_attr_t()
        // Safety: each call gets a pointer to the local attributes, which outlive it.
        try unsafe checked("pthread_attr_init", -pthread_attr_init(&attributes))
        defer { _ = unsafe pthread_attr_destroy(&attributes) }
        try unsafe checked(
            "pthread_attr_setdetachstate",
            -pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        )
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(Body(body))
        // Safety: the new thread takes over the retained reference; if no thread was created, the reference is released
        // below.
        let result = unsafe pthread_create(
            &thread,
            &attributes,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                return nil
            },
            context.toOpaque()
        )
        guard result == 0 else {
            unsafe context.release()
            throw SystemError("pthread_create", result)
        }
    }
}
