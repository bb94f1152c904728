import ServiceLifecycle
import Synchronization

/// Starts the graceful shutdown of a service group. ``SignalService`` needs it before the group exists, because the group
/// contains that service; so `group` is set later.
final class ShutdownTrigger: Sendable {
    private let stored = Mutex<ServiceGroup?>(nil)

    var group: ServiceGroup? {
        get { self.stored.withLock(\.self) }
        set { self.stored.withLock { $0 = newValue } }
    }

    func shutDown() async {
        await self.group?.triggerGracefulShutdown()
    }
}
