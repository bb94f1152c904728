import Synchronization

/// The current status of the bridge. The connection's event loop writes it, and any thread may read it.
final class BridgeStatusBoard: Sendable {
    private let status = Mutex(BridgeStatus())

    var current: BridgeStatus { self.status.withLock(\.self) }

    func update(_ change: (inout BridgeStatus) -> Void) {
        self.status.withLock { change(&$0) }
    }
}
