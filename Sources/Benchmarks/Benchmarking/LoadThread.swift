import Commands
import Glibc
import Linux

/// A dedicated thread for a load generator, which blocks in system calls.
enum LoadThread {
    /// Runs `body` on a new thread, and waits for its result without blocking the caller's thread.
    static func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            do throws(SystemError) {
                try DedicatedThread.start { continuation.resume(with: Swift.Result { try body() }) }
            } catch {
                let message = "cannot start a thread for the load: \(error.descriptionWithRemedy)"
                continuation.resume(throwing: CommandError(status: .failure, message: message))
            }
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
