import Synchronization

/// The memory that is reserved for the answer of one task. It comes with the ``TaskOutcome``; a front end keeps it until the
/// answer is written, and releases it. Safe to use from any thread.
///
/// A front end that does not keep it loses it with the outcome, which releases it as well.
public final class AnswerReservation: Sendable {
    private let onRelease: Mutex<(@Sendable () -> Void)?>

    /// Calls `onRelease` once, when the reservation is released.
    public init(_ onRelease: @escaping @Sendable () -> Void) {
        self.onRelease = Mutex(onRelease)
    }

    deinit { self.release() }

    /// The answer was written, or its client is gone. Only the first call counts.
    public func release() {
        self.onRelease.withLock { $0.take() }?()
    }
}
