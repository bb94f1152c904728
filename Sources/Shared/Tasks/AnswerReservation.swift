import Synchronization

/// The memory that is reserved for the answer of one task. It comes with the ``TaskOutcome``; a front end keeps it until the
/// answer is written, and releases it. Safe to use from any thread.
///
/// If a front end does not keep it, the memory is released together with the outcome.
public final class AnswerReservation: Sendable {
    private let onRelease: Mutex<(@Sendable () -> Void)?>

    /// Calls `onRelease` once, when the reservation is released.
    public init(_ onRelease: @escaping @Sendable () -> Void) {
        self.onRelease = Mutex(onRelease)
    }

    deinit { self.release() }

    /// Releases the memory, because the answer was written or its client is gone. Further calls have no effect.
    public func release() {
        self.onRelease.withLock { $0.take() }?()
    }
}
