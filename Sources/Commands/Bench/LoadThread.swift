import Glibc

/// A thread of its own for a load generator, which blocks in system calls and must not share one with anything.
enum LoadThread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Runs `body` on a new thread and waits for it without blocking the caller's.
    static func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let context = Unmanaged.passRetained(
                Body { continuation.resume(with: Swift.Result { try body() }) }
            )
            var thread = pthread_t()
            let result = pthread_create(
                &thread,
                nil,
                { context in
                    guard let context else { return nil }
                    Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                    return nil
                },
                context.toOpaque()
            )
            guard result == 0 else {
                context.release()
                let reason = String(cString: strerror(result))
                return continuation.resume(
                    throwing: Complaint(status: .failure, message: "no thread for the load: \(reason)")
                )
            }
            pthread_detach(thread)
        }
    }

    /// Blocks this thread until `instant`.
    static func sleep(until instant: ContinuousClock.Instant) {
        while true {
            let left = instant - .now
            guard left > .zero else { return }
            let (seconds, attoseconds) = left.components
            var wait = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
            nanosleep(&wait, nil)
        }
    }
}
