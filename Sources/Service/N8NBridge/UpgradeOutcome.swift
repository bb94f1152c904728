import NIOCore

/// The task broker's response to the upgrade request.
enum UpgradeOutcome: Sendable {
    case session(Session)
    /// A response that declines the upgrade. The future completes with its HTTP status.
    case declined(EventLoopFuture<Int>)
}
