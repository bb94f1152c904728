import Linux
import Logging

/// Sends states to the service manager (sd_notify(3)) if one started this process. A failure to send is logged, and the
/// service continues.
struct ServiceManagerNotifier: Sendable {
    let notifier: ServiceNotifier?
    let logger: Logger

    func notify(_ state: String) {
        guard let notifier = self.notifier else { return }
        do {
            try notifier.notify(state)
        } catch {
            self.logger.warning("cannot notify the service manager", metadata: ["error": "\(error)"])
        }
    }
}
