import Synchronization

/// The bridge at one moment.
public struct BridgeStatus: Equatable, Sendable {
    /// Whether there is a connection to the broker.
    public var isConnected = false
    /// Whether the broker knows the runner, and may send it tasks.
    public var isRegistered = false
    /// Tasks that were accepted and have not ended.
    public var tasks = 0
    /// Offers that may be taken.
    public var offers = 0
}

/// Where the status is written on the event loop and read from anywhere.
final class BridgeStatusBoard: Sendable {
    private let status = Mutex(BridgeStatus())

    var current: BridgeStatus { self.status.withLock(\.self) }

    func update(_ change: (inout BridgeStatus) -> Void) {
        self.status.withLock { change(&$0) }
    }
}
