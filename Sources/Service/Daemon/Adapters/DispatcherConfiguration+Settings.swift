import Dispatcher
import Settings

extension DispatcherConfiguration {
    /// The dispatcher's configuration under the service's settings.
    init(_ settings: ServiceSettings) {
        self.init(
            maximumConcurrency: settings.maximumConcurrency,
            maximumConcurrencyPerUser: settings.maximumConcurrencyPerUser,
            queueLimit: settings.queueLimit,
            ratePerUser: settings.ratePerUser,
            taskTimeout: settings.taskTimeout
        )
    }
}
